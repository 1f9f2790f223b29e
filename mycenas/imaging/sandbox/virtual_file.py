"""A file that is generated while a decoder reads it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator


class VirtualFile(io.RawIOBase):
    """A header, and a body generated in chunks; seeking works in the header only."""

    def __init__(self, head: bytes, body: Callable[[], Iterator[bytes]]) -> None:
        self.head = head
        self.begin = body
        self.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

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
