"""A request whose body is the file itself: PUT to the address that a ticket names."""

from __future__ import annotations

from submissions.intake.requests import Request
from submissions.intake.tus.paths import UPLOAD


def is_raw(request: Request) -> bool:
    """Whether the whole file comes as it is, at once."""
    return request.method == "PUT" and UPLOAD.fullmatch(request.path) is not None


class RawFile:
    """Reads a body that has no words around its file; the page is asked at once."""

    def __init__(self) -> None:
        self.file_begun = True
        self.file_name = ""
        self.fields: list[tuple[bytes, bytes]] = []
        self.fields_before_file: list[tuple[bytes, bytes]] = []
        self._pieces: list[bytes] = []

    def feed(self, data: bytes) -> None:
        self._pieces.append(data)

    def take(self) -> list[bytes]:
        """The bytes that came since the last call."""
        pieces, self._pieces = self._pieces, []
        return pieces

    def finish(self) -> None:
        """Nothing comes after the file; its length has been compared."""
