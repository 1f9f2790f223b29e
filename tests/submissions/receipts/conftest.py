"""Entries whose receipts are signed, listed and checked here."""

from __future__ import annotations

from typing import Any

import pytest

from competitions.models import Competition
from mycenas.accounts.models import User
from mycenas.storage import store
from submissions.intake import workflow as intake
from submissions.models import Submission
from tests.factories import CompetitionFactory, UserFactory, staged, words


def open_competition(**fields: Any) -> Competition:
    competition: Competition = CompetitionFactory(
        **{"state": "open", "max_entries": 500, **fields}
    )
    return competition


def ticket(competition: Competition, user: User, title: str = "Dusk") -> Submission:
    return intake.reserve(competition, words(title=title), by=user)


def entered(
    competition: Competition,
    user: User,
    *,
    data: bytes | None = None,
    title: str = "Dusk",
) -> Submission:
    """An entry whose file was received and acknowledged."""
    row = ticket(competition, user, title)
    intake.receive(row, staged(data), name="dusk.jpg", files=store())
    row.refresh_from_db()
    return row


@pytest.fixture
def entry(db: None) -> Submission:
    return entered(open_competition(), UserFactory())
