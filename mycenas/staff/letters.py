"""The mails that an act will send, as a page shows them before the act is confirmed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# The hidden field with the digest of the mails that the page shows.
READ = "read_mails"
# More are folded into one line.
MOST_OPEN = 10
# In place of what the person who acts has yet to write.
UNWRITTEN = _("[your words]")


class Letter(NamedTuple):
    """A mail to one person, who is named and not addressed.

    ``is_to_several`` is one to people whose number would say too much.
    """

    recipient: str | Promise
    subject: str
    body: str
    is_to_several: bool = False


class SharedLetter(NamedTuple):
    """One text, and all who get it."""

    recipients: list[str]
    subject: str
    body: str


class Letters:
    """All mails of an act, one for each distinct text."""

    def __init__(self, letters: Sequence[Letter]) -> None:
        self.count = len(letters)
        self.is_counted = not any(one.is_to_several for one in letters)
        recipients: dict[tuple[str, str], list[str]] = {}
        for who, subject, body, _is_to_several in letters:
            recipients.setdefault((subject, body), []).append(str(who))
        self.shared = [SharedLetter(who, *text) for text, who in recipients.items()]

    @property
    def is_folded(self) -> bool:
        return len(self.shared) > MOST_OPEN

    @property
    def digest(self) -> str:
        """Names exactly these mails (hex)."""
        text = json.dumps([list(one) for one in self.shared])
        return hashlib.sha256(text.encode()).hexdigest()
