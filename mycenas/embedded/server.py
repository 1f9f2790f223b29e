"""What both embedded servers share: a log file, a Unix socket and a process."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from mycenas.embedded.guard import Guard, Ward
from mycenas.embedded.terminal import CannotStart

LARGEST_LOG = 5_000_000
TAIL_LINES = 15
# 104 bytes with the final zero on macOS, 108 on Linux; the smaller one for both.
LONGEST_PATH = 103
# The system's temporary folder itself can be a long path, so this one is named.
SHORT_FOLDER = Path("/tmp")  # noqa: S108 - created closed, and refused if foreign
STEP = 0.05

Say = Callable[[str, str], None]


class Server:
    """Starts, watches and stops one server. Not for use from several threads."""

    name: ClassVar[str]
    socket_name: ClassVar[str]
    stop_signal: ClassVar[int] = signal.SIGTERM
    stop_seconds: ClassVar[int]

    def __init__(self, folder: Path, *, durable: bool, guard: Guard, say: Say) -> None:
        """`folder` is the data directory to be; its parent must exist."""
        self.folder = folder
        self.log = LogFile(folder.parent / "log" / f"{self.name}.log")
        self._durable = durable
        self._guard = guard
        self._say = say
        self._sockets = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process while it has one."""
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """The exit code of a server that has ended by itself."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Start the server and return when it answers."""
        raise NotImplementedError

    def stop(self) -> None:
        """End the server after it has written what it holds."""
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(self.stop_signal)
        try:
            process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._guard.forget(process.pid)
        self._process = None
        if self._sockets != self.folder:
            with contextlib.suppress(OSError):
                self._sockets.rmdir()

    def _launch(self, command: list[str], **options: Any) -> None:
        with self.log.path.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **{"cwd": "/", "start_new_session": True, **options},
            )
        self._guard.watch(
            Ward(
                self._process.pid,
                stop_signal=self.stop_signal,
                patience=self.stop_seconds,
                is_group=False,
                is_server=True,
            )
        )

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
            message = f"{self._sockets} is not ours. Remove it or shorten DATA_DIR."
            raise CannotStart(message)


class LogFile:
    """A file, so that a server never waits for, or dies with, a reader."""

    def __init__(self, path: Path) -> None:
        """Begin a new file if the old one has grown past a few megabytes."""
        path.parent.mkdir(exist_ok=True)
        if path.exists() and path.stat().st_size > LARGEST_LOG:
            path.replace(path.with_suffix(".old.log"))
        self.path = path
        self._position = path.stat().st_size if path.exists() else 0

    def new_lines(self) -> list[str]:
        """The complete lines that were added since the last call."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self._position)
            text, newline, _ = file.read().rpartition(b"\n")
        self._position += len(text) + len(newline)
        return text.decode(errors="replace").splitlines()

    def tail(self) -> str:
        """The last lines, for a message about a server that does not start."""
        lines = self.path.read_text(errors="replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:])
