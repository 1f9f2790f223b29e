"""Canonical JSON: one document has one sequence of bytes, and so one digest.

ASCII, keys sorted, no spaces, one line feed at the end. There are no floats, because
their text depends on the program that prints them: exact numbers are strings.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any


class NotCanonicalError(ValueError):
    """The document has no canonical bytes, or these bytes are not canonical."""


def canonical_bytes(document: Any) -> bytes:
    """The bytes of a document of dicts, lists, strings, integers, booleans and None."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    # A float, a tuple or a key that is no string would not be read back as it is.
    if json.loads(text, parse_float=str, parse_constant=str) != document:
        raise NotCanonicalError("The document has a value without canonical form.")
    return f"{text}\n".encode("ascii")


def read_canonical(data: bytes) -> Any:
    """The document that has these canonical bytes."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotCanonicalError(f"The file is no JSON: {error}") from error
    if canonical_bytes(document) != data:
        raise NotCanonicalError("The file is JSON, but not in its canonical form.")
    return document


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
