"""Names of stored files, and the keys that they have."""

from __future__ import annotations

import re

from mycenas.storage.disk import ORIGINALS
from mycenas.storage.files import BadName

DIGEST = re.compile(r"[0-9a-f]{64}")
IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ORIGINAL = re.compile(r"([0-9a-f]{2})/\1[0-9a-f]{62}-([A-Za-z0-9_-]{1,64})")
_SEGMENT = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}"
_DERIVATIVE = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT}){{0,3}}")


def suffix_of(name: str) -> str:
    """The suffix of an original's name; BadName for foreign names."""
    match = _ORIGINAL.fullmatch(name)
    if match is None:
        raise BadName(f"not the name of an original: {name!r}")
    return match[2]


def original_key(name: str) -> str:
    suffix_of(name)
    return f"{ORIGINALS}/{name}"


def derivative_key(prefix: str, name: str) -> str:
    if not _DERIVATIVE.fullmatch(name):
        raise BadName(f"not the name of a derivative: {name!r}")
    return f"{prefix}/{name}"
