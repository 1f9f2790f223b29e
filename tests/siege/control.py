"""Instructions of the siege to the attacked processes: a folder with two small files.

``without`` names the protections that are off, ``clock`` by how many seconds the web
process's clock is wrong. Read anew each time, so one running site can be told
something else. Knows nothing of Django: both sides use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

VARIABLE = "SIEGE_CONTROL"


@dataclass(frozen=True)
class Control:
    """The folder, from either side."""

    folder: Path

    def is_off(self, protection: str) -> bool:
        """Whether a protection has been taken away."""
        return protection in self._read("without").split()

    def take_away(self, *protections: str) -> None:
        """These are off from now on, all others on."""
        self._write("without", " ".join(protections))

    @property
    def clock_offset(self) -> float:
        """By how many seconds the web process's clock is ahead."""
        return float(self._read("clock") or 0)

    def set_clock(self, seconds: float) -> None:
        self._write("clock", str(seconds))

    def _read(self, name: str) -> str:
        try:
            return (self.folder / name).read_text()
        except FileNotFoundError:
            return ""

    def _write(self, name: str, text: str) -> None:
        # Renamed into place, so that a reader never sees half of it.
        unfinished = self.folder / f"{name}.new"
        unfinished.write_text(text)
        unfinished.rename(self.folder / name)
