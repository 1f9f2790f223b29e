"""Whether an entry to a blind competition betrays its artist's name.

Words are searched in its texts, in what was read of its file when it was checked, and
in the bytes of the file where pictures keep their metadata.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import IO

from django.utils.translation import gettext_lazy as _

from mycenas.staff.verbs import Text
from mycenas.storage import StorageFailed, store
from submissions.models import Submission
from submissions.review.metadata import LABELS, facts_of

# Of a file, its beginning and its end.
PART = 256 * 1024
# Shorter parts of names are common words, and by chance in the bytes of pictures.
LEAST_LETTERS, LEAST_IN_FILE = 3, 4
# No letter stands before or behind it.
WORD = r"(?<![^\W\d_])(?:{})(?![^\W\d_])"


def places_naming(entry: Submission) -> list[Text]:
    """Where the artist's name or address occurs; nothing if names are shown anyway."""
    if not entry.competition.is_blind:
        return []
    texts = (
        (_("title"), entry.title),
        (_("description"), entry.description),
        (_("alternative text"), entry.alt_text),
    )
    names = re.compile(WORD.format(_names(entry, LEAST_LETTERS)), re.IGNORECASE)
    found: list[Text] = [place for place, text in texts if names.search(text)]
    return [*found, *_in_file(entry)]


def _names(entry: Submission, least: int) -> str:
    """A pattern of the address, and each part of the name that is long enough."""
    parts = re.findall(r"[^\W\d_]+", entry.participant.name)
    words = [entry.participant.email, *(one for one in parts if len(one) >= least)]
    return "|".join(map(re.escape, words))


def _in_file(entry: Submission) -> list[Text]:
    if not entry.original:
        return []
    try:
        with store().open_original(entry.original) as file:
            data = _ends_of(file)
    except (FileNotFoundError, StorageFailed):
        return [_("metadata: not checked, the file cannot be read")]
    # A byte beside a name may look like a letter, so it need not be a whole word.
    names = re.compile(_names(entry, LEAST_IN_FILE), re.IGNORECASE)
    # As UTF-8, or as UTF-16, which has a NUL beside each Latin letter.
    texts = (
        data.decode("utf-8", "replace"),
        data.replace(b"\0", b"").decode("latin-1"),
    )
    stated = itertools.chain.from_iterable(_texts_of(entry))
    found = any(map(names.search, itertools.chain(texts, stated)))
    return [_("metadata of the file")] if found else []


def _texts_of(entry: Submission) -> Iterator[list[str]]:
    """Texts that may be compressed in the file, as they were read of it."""
    facts = facts_of(entry) or {}
    return (texts for kind, texts in facts.items() if kind in LABELS)


def _ends_of(file: IO[bytes]) -> bytes:
    """Metadata is before the picture in a JPEG, and behind it in a WebP."""
    data = file.read(PART)
    if len(data) < PART or not file.seekable():
        return data
    end = file.seek(0, 2)
    file.seek(max(PART, end - PART))
    return data + file.read(PART)
