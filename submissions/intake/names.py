"""File names as people gave them, fit to be shown."""

from __future__ import annotations

import re

from mycenas.core.text import tidy

MAX_FILE_NAME = 255

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def display_name(raw: str) -> str:
    """No folders, no characters that cannot be seen, bounded.

    It is text for people only and never becomes part of a path.
    """
    name = re.split(r"[/\\]", tidy(_CONTROLS.sub("", raw)))[-1]
    return tidy(name)[:MAX_FILE_NAME]
