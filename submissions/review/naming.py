"""Whether an entry to a blind competition betrays its artist's name.

Words are searched in its texts, in what was read of its file when it was checked, and
in the bytes of the file where pictures keep their metadata.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from django.utils.translation import gettext_lazy as _

from mycenas.staff.verbs import Text
from mycenas.storage import StorageFailed, store
from submissions.models import Submission
from submissions.review.metadata import LABELS, facts_of
from submissions.review.names import LEAST_IN_FILE, Name

# Of a file, its beginning and its end.
PART = 256 * 1024


def places_naming(entry: Submission) -> list[Text]:
    """Where the artist's name or address occurs; nothing if names are shown anyway."""
    if not entry.competition.is_blind:
        return []
    texts = (
        (_("title"), entry.title),
        (_("description"), entry.description),
        (_("alternative text"), entry.alt_text),
    )
    name = Name(entry.participant.name, entry.participant.email)
    found: list[Text] = [place for place, text in texts if name.is_in(text)]
    return [*found, *_in_file(entry, name)]


def _in_file(entry: Submission, name: Name) -> list[Text]:
    if not entry.original:
        return []
    try:
        with store().open_original(entry.original) as file:
            data = _ends_of(file)
    except (FileNotFoundError, StorageFailed):
        return [_("metadata: not checked, the file cannot be read")]
    # A byte beside a name may look like a letter, so it need not be a whole word.
    is_found = name.is_in_bytes(data) or any(
        name.is_in(text, LEAST_IN_FILE) for text in _texts_of(entry)
    )
    return [_("metadata of the file")] if is_found else []


def _texts_of(entry: Submission) -> Iterator[str]:
    """Texts that may be compressed in the file, as they were read of it."""
    facts = facts_of(entry) or {}
    kinds = (texts for kind, texts in facts.items() if kind in LABELS)
    return (text for texts in kinds for text in texts)


def _ends_of(file: IO[bytes]) -> bytes:
    """Metadata is before the picture in a JPEG, and behind it in a WebP."""
    data = file.read(PART)
    if len(data) < PART or not file.seekable():
        return data
    end = file.seek(0, 2)
    file.seek(max(PART, end - PART))
    return data + file.read(PART)
