"""Names of stored files, and the keys that storage backends know them by.

A *key* is a prefix and a name, with forward slashes: the path below the root of a
disk, or the key of an object in a bucket.
"""

from __future__ import annotations

import re

from mycenas.storage.files import BadName

ORIGINALS, RENDITIONS, CREATIVES = "originals", "renditions", "creatives"

DIGEST = re.compile(r"[0-9a-f]{64}")
IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ORIGINAL = re.compile(r"([0-9a-f]{2})/\1[0-9a-f]{62}-([A-Za-z0-9_-]{1,64})")
_SEGMENT = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}"
_DERIVATIVE = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT}){{0,3}}")


def original_name(sha256: str, suffix: str) -> str:
    """The storage name of an original: its digest and a suffix from the caller."""
    if not DIGEST.fullmatch(sha256) or not IDENTIFIER.fullmatch(suffix):
        raise BadName(f"no name for an original: {sha256!r}, {suffix!r}")
    return f"{sha256[:2]}/{sha256}-{suffix}"


def suffix_of(name: str) -> str:
    """The suffix of an original's name; BadName for foreign names."""
    match = _ORIGINAL.fullmatch(name)
    if match is None:
        raise BadName(f"not the name of an original: {name!r}")
    return match[2]


def original_key(name: str) -> str:
    """The key of an original; BadName for foreign names."""
    suffix_of(name)
    return f"{ORIGINALS}/{name}"


def derivative_key(prefix: str, name: str) -> str:
    """The key of a rendition or creative; BadName for foreign names."""
    if not _DERIVATIVE.fullmatch(name):
        raise BadName(f"not the name of a derivative: {name!r}")
    return f"{prefix}/{name}"
