"""What an original says of itself, as it may be stored and shown."""

from __future__ import annotations

from typing import Any

from mycenas.core.text import tidy_line
from mycenas.imaging.sandbox.facts import FLAGS, LONGEST, MOST_VALUES, TEXTS

# A list of texts for each of `TEXTS`, and True for each of `FLAGS`; only what is there.
Metadata = dict[str, Any]


def checked_metadata(facts: dict[str, Any]) -> Metadata:
    """Return what the child read, without characters that cannot be seen.

    Raises ValueError for anything that it cannot have read.
    """
    if not facts.keys() <= {*TEXTS, *FLAGS}:
        raise ValueError("unknown metadata")
    texts = {kind: _texts(facts[kind]) for kind in TEXTS if kind in facts}
    flags = {kind: True for kind in FLAGS if facts.get(kind) is True}
    return {kind: found for kind, found in texts.items() if found} | flags


def _texts(values: Any) -> list[str]:
    if not isinstance(values, list) or len(values) > MOST_VALUES:
        raise ValueError("too many values of metadata")
    if not all(isinstance(value, str) for value in values):
        raise ValueError("metadata is text")
    tidied = (tidy_line(value[:LONGEST])[:LONGEST] for value in values)
    return list(dict.fromkeys(text for text in tidied if text))
