"""The position of an interrupted audit, and a progress line."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from django.template.defaultfilters import filesizeformat

from submissions.inventory.workflow import Damage, Findings

SECONDS_BETWEEN_NOTES = 2.0
BAR_WIDTH = 30


class Notebook:
    """A file with the position of an audit; removed when the audit ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._noted_at = time.monotonic()

    def read(self) -> Findings:
        """The stored findings; empty ones without a readable file."""
        try:
            saved = json.loads(self._path.read_text())
            damaged = [Damage(**one) for one in saved["damaged"]]
            counts = saved["after"], saved["checked"], saved["checked_bytes"]
            return Findings(*counts, damaged)
        except (OSError, ValueError, KeyError, TypeError):
            return Findings()

    def note(self, found: Findings) -> None:
        fresh = self._path.with_name(f"{self._path.name}.new")
        fresh.write_text(json.dumps(asdict(found)))
        fresh.replace(self._path)
        self._noted_at = time.monotonic()

    def note_now_and_then(self, found: Findings) -> None:
        if time.monotonic() - self._noted_at >= SECONDS_BETWEEN_NOTES:
            self.note(found)

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)


class Bar:
    """A progress line on a terminal; no output anywhere else."""

    def __init__(self, out: TextIO, rows: int, total_bytes: int) -> None:
        self._out = out if out.isatty() else None
        self._rows = rows
        self._bytes = max(total_bytes, 1)
        self._share = -1.0

    def show(self, found: Findings) -> None:
        share = min(1.0, found.checked_bytes / self._bytes)
        if self._out is None or share - self._share < 0.001:
            return
        self._share = share
        filled = "#" * int(share * BAR_WIDTH)
        self._out.write(
            f"\r[{filled:<{BAR_WIDTH}}] {share:4.0%}  {found.checked} of {self._rows} "
            f"entries, {filesizeformat(found.checked_bytes)} "
        )
        self._out.flush()

    def end(self) -> None:
        if self._out is not None:
            self._out.write("\n")
