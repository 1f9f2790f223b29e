"""The files of one picture, opened before this process gives up opening any."""

from __future__ import annotations

import io
import mmap
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

# All bytes of a file, read when they are looked at.
Pages = mmap.mmap | bytes


class Reader(io.RawIOBase):
    """Reads an open file from a place of its own; closing it leaves the file open."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place counted from the beginning, from here or from the end."""
        starts = {io.SEEK_SET: 0, io.SEEK_CUR: self._place}
        start = starts.get(whence)
        if start is None:
            start = os.lseek(self._descriptor, 0, io.SEEK_END)
        self._place = max(0, start + offset)
        return self._place

    def readinto(self, buffer: Any) -> int:
        piece = os.pread(self._descriptor, len(buffer), self._place)
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)


class Source:
    """The original, open for reading."""

    def __init__(self, descriptor: int, *, mapped: bool) -> None:
        """`mapped` also makes its bytes `pages`, which count as memory."""
        self._descriptor = descriptor
        self.pages: Pages = b""
        if mapped and os.fstat(descriptor).st_size:
            self.pages = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)

    def open(self) -> BinaryIO:
        """Read from the beginning; readers do not disturb each other."""
        return cast("BinaryIO", io.BufferedReader(Reader(self._descriptor)))


@dataclass(frozen=True)
class Files:
    """The original, and one empty file for each width class."""

    original: Source
    renditions: dict[int, IO[bytes]]


@contextmanager
def source(path: Path, format_name: str) -> Iterator[Source]:
    """Open an original."""
    with path.open("rb", buffering=0) as file:
        # Only a JPEG that ends too early is searched through.
        yield Source(file.fileno(), mapped=format_name == "JPEG")


@contextmanager
def files(request: dict[str, Any]) -> Iterator[Files]:
    """Open all files that the request names."""
    into = Path(request["into"])
    with ExitStack() as stack:
        original = stack.enter_context(
            source(Path(request["original"]), request["format"])
        )
        yield Files(
            original,
            {
                width: stack.enter_context((into / f"{width}.webp").open("wb"))
                for width in request["widths"]
            },
        )
