"""A file that is put together while a decoder reads it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator


class Composed(io.RawIOBase):
    """A head, and a body that is given piece by piece; only the head can be sought."""

    def __init__(self, head: bytes, body: Callable[[], Iterator[bytes]]) -> None:
        self.head = head
        self.begin = body
        self.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Begin again, in the head or where the body begins."""
        if whence != io.SEEK_SET or not 0 <= offset <= len(self.head):
            raise io.UnsupportedOperation("seek")
        self.place = offset
        self.ahead = self.head[offset:]
        self.body = self.begin()
        return offset

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes; fewer at the end only."""
        while size < 0 or len(self.ahead) < size:
            more = next(self.body, b"")
            if not more:
                break
            self.ahead += more
        end = len(self.ahead) if size < 0 else size
        data, self.ahead = self.ahead[:end], self.ahead[end:]
        self.place += len(data)
        return data
