"""The one refusal: the file itself is at fault."""

from __future__ import annotations


class Unreadable(Exception):
    """The file is at fault: its code and the values its sentence needs."""

    def __init__(self, code: str, **parameters: int) -> None:
        super().__init__(code)
        self.code = code
        self.parameters = parameters
