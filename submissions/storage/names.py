"""The names of stored files, and the places that they stand for.

A *place* is a shelf and a name, with forward slashes: the path below the root of a
disk, or the key in a bucket.
"""

from __future__ import annotations

import re

from submissions.storage.files import BadName

ORIGINALS, RENDITIONS, CREATIVES = "originals", "renditions", "creatives"

DIGEST = re.compile(r"[0-9a-f]{64}")
KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ORIGINAL = re.compile(r"([0-9a-f]{2})/\1[0-9a-f]{62}-([A-Za-z0-9_-]{1,64})")
_SEGMENT = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}"
_DERIVATIVE = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT}){{0,3}}")


def original_name(sha256: str, key: str) -> str:
    """The storage name of an original: its digest and a key of the caller's."""
    if not DIGEST.fullmatch(sha256) or not KEY.fullmatch(key):
        raise BadName(f"no name for an original: {sha256!r}, {key!r}")
    return f"{sha256[:2]}/{sha256}-{key}"


def key_of(name: str) -> str:
    """The key that an original's name was made with; BadName for foreign names."""
    match = _ORIGINAL.fullmatch(name)
    if match is None:
        raise BadName(f"not the name of an original: {name!r}")
    return match[2]


def original_place(name: str) -> str:
    """Where an original lies; BadName for foreign names."""
    key_of(name)
    return f"{ORIGINALS}/{name}"


def derivative_place(shelf: str, name: str) -> str:
    """Where a rendition or creative lies; BadName for foreign names."""
    if not _DERIVATIVE.fullmatch(name):
        raise BadName(f"not the name of a derivative: {name!r}")
    return f"{shelf}/{name}"
