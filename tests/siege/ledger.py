"""What a client knows, written down and synced before and after every request."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ASKING, ANSWERED, BROKEN, ACKNOWLEDGED = "asking", "answered", "broken", "acknowledged"
REFUSED, UNKNOWN = "refused", "unknown"
SERVER_ERRORS = 500
ERRORS = 400


class Ledger:
    """One client's file: a line of JSON for each event, only ever added to."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)

    def write(self, event: str, work: str, **facts: Any) -> None:
        """Durable when it returns."""
        line = json.dumps({"event": event, "work": work, **facts})
        self._file.write(line.encode() + b"\n")
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


@dataclass
class Account:
    """Everything that one client knows of one work."""

    work: str
    kind: str
    hall: str
    size: int
    sha256: str
    tokens: set[str] = field(default_factory=set)
    is_open: bool = False
    was_broken: bool = False

    def note(self, line: dict[str, Any]) -> None:
        """Take in one line of the ledger."""
        event = line["event"]
        if event == ACKNOWLEDGED:
            self.tokens.add(line["token"])
        # Between question and answer anything may happen to both of us.
        self.is_open = event == ASKING
        if event == BROKEN or line.get("status", 0) >= SERVER_ERRORS:
            self.was_broken = True

    @property
    def outcome(self) -> str:
        """``acknowledged``, ``refused`` (all answers said no) or ``unknown``."""
        if self.tokens:
            return ACKNOWLEDGED
        return UNKNOWN if self.was_broken or self.is_open else REFUSED


def lines(folder: Path) -> Iterator[dict[str, Any]]:
    """All events of all clients; a line that was cut off is none."""
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                yield json.loads(line)


def accounts(folder: Path) -> dict[str, Account]:
    """What all clients know, by work."""
    found: dict[str, Account] = {}
    facts = ("kind", "hall", "size", "sha256")
    for line in lines(folder):
        name = line["work"]
        if name not in found:
            found[name] = Account(name, **{fact: line[fact] for fact in facts})
        else:
            found[name].note(line)
    return found
