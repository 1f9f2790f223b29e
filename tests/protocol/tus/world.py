"""A competition and people for uploads in pieces."""

from __future__ import annotations

import itertools
from datetime import timedelta

from django.utils import timezone

from competitions.models import Competition
from competitions.states import CompetitionState
from mycenas.accounts.models import Organization, User
from mycenas.core.db.database import DatabaseNow
from mycenas.storage import store
from submissions.models import Submission

_numbers = itertools.count(1)
DAY = timedelta(days=1)
# Enough of a JPEG to be received.
JPEG_HEAD = b"\xff\xd8\xff\xe0"
CSRF = "c" * 32


def person() -> User:
    return User.objects.create(email=f"sender{next(_numbers)}@example.org", name="Ada")


def contest(**fields) -> Competition:
    """An open competition; dates that are given are kept."""
    number = next(_numbers)
    fields = {
        "opens_at": timezone.now() - DAY,
        "closes_at": timezone.now() + DAY,
        "max_entries": 100,
        "max_megabytes": 60,
        **fields,
    }
    competition = Competition.objects.create(
        organization=Organization.objects.create(
            name=f"House {number}", slug=f"house-{number}"
        ),
        title=f"Pieces {number}",
        slug=f"pieces-{number}",
        **fields,
    )
    competition.move(CompetitionState.OPEN, opened_at=DatabaseNow())
    return competition


def kept() -> bytes:
    """The bytes of the one entry that was received."""
    name = Submission.objects.get().original
    assert name
    return store().original_path(name).read_bytes()
