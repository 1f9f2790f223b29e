"""The error of an invalid file."""

from __future__ import annotations


class InvalidImage(Exception):
    """The file is invalid; `parameters` fill the sentence of `code`."""

    def __init__(self, code: str, **parameters: int) -> None:
        super().__init__(code)
        self.code = code
        self.parameters = parameters
