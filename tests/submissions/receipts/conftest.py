"""Entries whose receipts are signed, listed and checked here."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from competitions import workflow as competing
from competitions.models import Competition
from mycenas.accounts.models import Membership, Organization, Role, User
from submissions.intake import workflow as intake
from submissions.intake.workflow import Entry
from submissions.models import Submission
from submissions.storage import store

DAY = timedelta(days=1)
NUMBERS = count(1)


def person(**fields: Any) -> User:
    number = next(NUMBERS)
    made = {"email": f"artist{number}@example.org", "name": f"Artist {number}"}
    return User.objects.create(**{**made, **fields})


def staff_of(competition: Competition, role: Role = Role.MODERATOR) -> User:
    user = person(is_staff=True)
    Membership.objects.create(
        user=user, organization=competition.organization, role=role
    )
    return user


def open_competition(**fields: Any) -> Competition:
    number = next(NUMBERS)
    organization = Organization.objects.create(
        name=f"House {number}", slug=f"house-{number}"
    )
    told = {
        "title": f"Stones {number}",
        "slug": f"stones-{number}",
        "brief": "Send us stones.",
        "rules": "Your own work.",
        "opens_at": timezone.now() - DAY,
        "closes_at": timezone.now() + DAY,
        "max_entries": 500,
    }
    competition = Competition.objects.create(
        organization=organization, **{**told, **fields}
    )
    competition.prizes.create(name="First prize")
    competing.open_entries(competition, by=staff_of(competition, Role.ORGANIZER))
    return competition


def ticket(competition: Competition, user: User, title: str = "Dusk") -> Submission:
    key = secrets.token_hex(16)
    return intake.reserve(competition, Entry(title, "", "", None, key), by=user)


def entered(
    competition: Competition, user: User, *, data: bytes = b"", title: str = "Dusk"
) -> Submission:
    """An entry whose file was received and acknowledged."""
    row = ticket(competition, user, title)
    writer = store().stage()
    writer.write(data or b"\xff\xd8\xff\xe0" + secrets.token_bytes(16))
    intake.receive(row, writer.seal(), name="dusk.jpg", files=store())
    row.refresh_from_db()
    return row


@pytest.fixture
def entry(db: None) -> Submission:
    return entered(open_competition(), person())


@pytest.fixture
def browse() -> Callable[[User], Client]:
    """A browser in which the person is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def free_port_url() -> Iterator[str]:
    """An address where nobody answers: bound by us, not listened to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/"
