"""The files of one image, opened before the process enters the sandbox or generated."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from mycenas.imaging.sandbox.errors import InvalidImage


class Stream(io.RawIOBase):
    """A file with a position of its own."""

    position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position


class Reader(Stream):
    """Reads an open file at its own position; closing it leaves the file open."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position relative to the start, the position or the end."""
        starts = {io.SEEK_SET: 0, io.SEEK_CUR: self.position}
        start = starts.get(whence)
        if start is None:
            start = os.lseek(self._descriptor, 0, io.SEEK_END)
        self.position = max(0, start + offset)
        return self.position

    def readinto(self, buffer: Any) -> int:
        data = os.pread(self._descriptor, len(buffer), self.position)
        buffer[: len(data)] = data
        self.position += len(data)
        return len(data)


class VirtualFile(Stream):
    """A header, and a body generated in chunks; seeking works in the header only."""

    def __init__(self, head: bytes, body: Callable[[], Iterator[bytes]]) -> None:
        self.head = head
        self.begin = body
        self.seek(0)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Restart at an offset in the header or at the start of the body."""
        if whence != io.SEEK_SET or not 0 <= offset <= len(self.head):
            raise io.UnsupportedOperation("seek")
        self.position = offset
        self.ahead = self.head[offset:]
        self.body = self.begin()
        return offset

    def read(self, size: int = -1) -> bytes:
        """Return `size` bytes; fewer only at the end."""
        while size < 0 or len(self.ahead) < size:
            more = next(self.body, b"")
            if not more:
                break
            self.ahead += more
        end = len(self.ahead) if size < 0 else size
        data, self.ahead = self.ahead[:end], self.ahead[end:]
        self.position += len(data)
        return data


@dataclass(frozen=True)
class Source:
    """The original, open for reading."""

    descriptor: int

    def open(self) -> BinaryIO:
        """A reader from the beginning, independent of other readers."""
        return cast("BinaryIO", io.BufferedReader(Reader(self.descriptor)))


def read_exactly(file: BinaryIO, length: int) -> bytes:
    """Return `length` bytes; fewer are an error."""
    data = file.read(length)
    if len(data) < length:
        raise InvalidImage("damaged")
    return data


@dataclass(frozen=True)
class OpenFiles:
    """The original, and one empty file for each width class."""

    original: Source
    renditions: dict[int, IO[bytes]]


@contextmanager
def open_files(request: dict[str, Any]) -> Iterator[OpenFiles]:
    """Open all files that the request names."""
    into = Path(request["into"])
    with ExitStack() as stack:
        original = stack.enter_context(Path(request["original"]).open("rb"))
        renditions: dict[int, IO[bytes]] = {
            width: stack.enter_context((into / f"{width}.webp").open("wb"))
            for width in request["widths"]
        }
        yield OpenFiles(Source(original.fileno()), renditions)
