"""The files of one image, opened before the process enters the sandbox."""

from __future__ import annotations

import io
import mmap
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

# All bytes of a file, read on access.
Pages = mmap.mmap | bytes


class Reader(io.RawIOBase):
    """Reads an open file at its own position; closing it leaves the file open."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position relative to the start, the position or the end."""
        starts = {io.SEEK_SET: 0, io.SEEK_CUR: self._position}
        start = starts.get(whence)
        if start is None:
            start = os.lseek(self._descriptor, 0, io.SEEK_END)
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        data = os.pread(self._descriptor, len(buffer), self._position)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


class Source:
    """The original, open for reading."""

    def __init__(self, descriptor: int, *, mapped: bool) -> None:
        """`mapped` also maps its bytes as `pages`, which count as memory."""
        self._descriptor = descriptor
        self.pages: Pages = b""
        if mapped and os.fstat(descriptor).st_size:
            self.pages = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)

    def open(self) -> BinaryIO:
        """A reader from the beginning, independent of other readers."""
        return cast("BinaryIO", io.BufferedReader(Reader(self._descriptor)))


@dataclass(frozen=True)
class OpenFiles:
    """The original, and one empty file for each width class."""

    original: Source
    renditions: dict[int, IO[bytes]]


@contextmanager
def source(path: Path, format_name: str) -> Iterator[Source]:
    """Open an original."""
    with path.open("rb", buffering=0) as file:
        # Only a truncated JPEG is searched.
        yield Source(file.fileno(), mapped=format_name == "JPEG")


@contextmanager
def open_files(request: dict[str, Any]) -> Iterator[OpenFiles]:
    """Open all files that the request names."""
    into = Path(request["into"])
    with ExitStack() as stack:
        original = stack.enter_context(
            source(Path(request["original"]), request["format"])
        )
        yield OpenFiles(
            original,
            {
                width: stack.enter_context((into / f"{width}.webp").open("wb"))
                for width in request["widths"]
            },
        )
