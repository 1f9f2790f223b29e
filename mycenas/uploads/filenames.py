"""File names as given by participants, made safe to display."""

from __future__ import annotations

import re

from mycenas.core.text import tidy

MAX_FILE_NAME = 255

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def display_name(raw: str) -> str:
    """Without folders and invisible characters, of bounded length.

    It is text for display only and never becomes part of a path.
    """
    name = re.split(r"[/\\]", tidy(_CONTROLS.sub("", raw)))[-1]
    return tidy(name)[:MAX_FILE_NAME]
