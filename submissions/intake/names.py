"""File names as people gave them, fit to be shown."""

from __future__ import annotations

import re

MAX_FILE_NAME = 255

# Control characters, and marks that reorder or isolate the text around a name.
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")


def display_name(raw: str) -> str:
    """No folders, no control characters, bounded.

    It is text for people only and never becomes part of a path.
    """
    return re.split(r"[/\\]", _UNWANTED.sub("", raw))[-1].strip()[:MAX_FILE_NAME]
