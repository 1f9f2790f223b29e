"""What both embedded servers share: a log file, a Unix socket and a process."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from mycenas.embedded.guard import Guard
from mycenas.embedded.processes import Process
from mycenas.embedded.terminal import CannotStart

LARGEST_LOG = 5_000_000
TAIL_LINES = 15
# 104 bytes with the final zero on macOS, 108 on Linux; the smaller one for both.
LONGEST_PATH = 103
# The system's temporary folder itself can be a long path, so this one is named.
SHORT_FOLDER = Path("/tmp")  # noqa: S108 - created closed, and refused if foreign
STEP = 0.05

Say = Callable[[str, str], None]


class Server(Process):
    """Its log is a file, so that it never waits for, or dies with, a reader."""

    socket_name: ClassVar[str]
    is_server = True

    def __init__(self, folder: Path, *, durable: bool, guard: Guard, say: Say) -> None:
        """`folder` is the data directory to be; its parent must exist."""
        super().__init__(guard)
        self.folder = folder
        self._durable = durable
        self._say = say
        self._sockets = folder
        self._log = log = folder.parent / "log" / f"{self.name}.log"
        log.parent.mkdir(exist_ok=True)
        log.touch()
        if log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".old.log"))
            log.touch()
        self._shown = log.stat().st_size

    def launch(self, command: Sequence[str], **options: Any) -> None:
        with self._log.open("ab") as output:
            logged = {"stdout": output, "stderr": output, "cwd": "/"}
            super().launch(command, **logged | options)

    def forget(self) -> None:
        super().forget()
        if self._sockets != self.folder:
            with contextlib.suppress(OSError):
                self._sockets.rmdir()

    def new_lines(self) -> list[str]:
        """The complete lines of the log that were added since the last call."""
        with contextlib.suppress(FileNotFoundError), self._log.open("rb") as file:
            file.seek(self._shown)
            text, newline, _ = file.read().rpartition(b"\n")
            self._shown += len(text) + len(newline)
            return text.decode(errors="replace").splitlines()
        return []

    def _log_tail(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:])

    def _find_sockets(self, owner: int) -> None:
        """Use the data folder, or a short private one where the path is too long.

        The short folder's name is derived from the long one, so that a later start
        finds a server that is still running.
        """
        self._sockets = self.folder
        if len(os.fsencode(self.folder / self.socket_name)) <= LONGEST_PATH:
            return
        digest = hashlib.sha256(os.fsencode(self.folder.resolve())).hexdigest()[:12]
        self._sockets = SHORT_FOLDER / f"mycenas-{digest}"
        if not self._sockets.exists():
            self._sockets.mkdir(mode=0o700)
            os.chown(self._sockets, owner, -1)
        status = self._sockets.lstat()
        if status.st_mode != stat.S_IFDIR | 0o700 or status.st_uid != owner:
            raise CannotStart(
                f"{self._sockets} is not ours. Remove it or shorten DATA_DIR."
            )
