"""Runs inside the site's environment and answers JSON: people, tickets, pictures.

python -m benchmarks.phase_one.seeding COMMAND NUMBER [SIZE]
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mycenas.settings")
django.setup()

from django.contrib.auth import (  # noqa: E402  after the setup
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
)
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import F, Value  # noqa: E402
from django.db.models.functions import Concat, Now  # noqa: E402

from competitions.models import Competition  # noqa: E402
from competitions.states import CompetitionState  # noqa: E402
from mycenas.accounts.models import Organization, User  # noqa: E402
from mycenas.core.db import database  # noqa: E402
from mycenas.core.db.database import DatabaseNow  # noqa: E402
from submissions.models import Submission, Upload  # noqa: E402
from submissions.states import SubmissionState  # noqa: E402

PEOPLE = 50
BACKEND = "django.contrib.auth.backends.ModelBackend"
SLUG = "measured"
DAY = timedelta(days=1)


def competition() -> Competition:
    """The one that takes everything."""
    found = Competition.objects.filter(slug=SLUG).first()
    if found:
        return found
    now = database.now()
    made = Competition.objects.create(
        organization=Organization.objects.create(name="House", slug="house"),
        title="Measured",
        slug=SLUG,
        opens_at=now - DAY,
        closes_at=now + 30 * DAY,
        max_entries=30_000,
        max_megabytes=2048,
        upload_window=DAY,
    )
    made.move(CompetitionState.OPEN, opened_at=DatabaseNow())
    return made


def people() -> list[tuple[User, str]]:
    """Who sends, each with the cookie of a browser that is signed in."""
    found = []
    for number in range(PEOPLE):
        user, _made = User.objects.get_or_create(
            email=f"measured{number}@example.org", defaults={"name": f"M {number}"}
        )
        store = SessionStore()
        store[SESSION_KEY] = str(user.pk)
        store[BACKEND_SESSION_KEY] = BACKEND
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        store.create()
        found.append((user, str(store.session_key)))
    return found


def tickets(number: int, size: int = 1) -> list[dict[str, str]]:
    """New tickets of all people in turn; each waits for a file of ``size`` bytes."""
    contest, senders = competition(), people()
    until = database.now() + DAY
    with transaction.atomic():
        rows = Submission.objects.bulk_create(
            [_ticket(contest, senders[n % PEOPLE][0], until) for n in range(number)]
        )
        uploads = Upload.objects.bulk_create(
            [Upload(submission=row, length=size) for row in rows]
        )
    return [
        {"session": senders[n % PEOPLE][1], "token": row.token, "name": upload.name}
        for n, (row, upload) in enumerate(zip(rows, uploads, strict=True))
    ]


def _ticket(contest: Competition, sender: User, until: datetime) -> Submission:
    ticket = Submission(competition=contest, participant=sender, title="Dusk")
    ticket.idempotency_key = ticket.token
    ticket.upload_until = until
    return ticket


def waiting(number: int) -> list[dict[str, str]]:
    """Entries that wait for their check, as if no worker had come for hours."""
    made = [ticket["token"] for ticket in tickets(number)]
    rows = Submission.objects.filter(token__in=made, state=SubmissionState.RESERVED)
    rows.update(
        state=SubmissionState.RECEIVED,
        original=Concat(Value("00/"), F("token")),
        original_name="dusk.jpg",
        sha256="0" * 64,
        size=1,
        received_at=Now(),
        receipt_issuer="http://testserver",
    )
    return []


def pictures(number: int) -> list[dict[str, str]]:
    """Accepted entries for the gallery."""
    from tests.factories import SubmissionFactory  # noqa: PLC0415

    contest, (sender, _) = competition(), people()[0]
    for _ in range(number):
        SubmissionFactory(
            competition=contest, participant=sender, state=SubmissionState.APPROVED
        )
    return []


COMMANDS: dict[str, Any] = {
    "tickets": tickets,
    "waiting": waiting,
    "pictures": pictures,
}


def main(command: str, *numbers: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '600s'")
    sys.stdout.write(f"{json.dumps(COMMANDS[command](*map(int, numbers)))}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
