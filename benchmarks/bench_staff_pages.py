"""Pages of the staff and the public books with a few entries, and with very many.

Two organizations share the database, so that each page is planned for the same tables.
The ratio is that of a page of the large one over the same page of the small one. If
both take long, the small one pays for the entries of the other: see the milliseconds.
``STAFF_ENTRIES`` sets how many entries the large one has.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import reverse

from benchmarks.bench_pages import ask
from benchmarks.timing import Result, compare
from competitions.models import Competition
from mycenas.accounts.models import Role
from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.factories import (
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    moderator_of,
    staff,
)
from tests.sessions import client_of

# Of ten entries; the first has the title that is searched for.
SHARES = (S.APPROVED,) * 6 + (S.PENDING,) * 3 + (S.REJECTED,)
ARTISTS = 500
# Asks for a page so many times.
Ask = Callable[[int], None]
TABLE = "submissions_submission"
LIST = "admin:submissions_submission"
# What differs from row to row; all else is that of a sample.
OWN = {
    "id": "n",
    "token": "md5(n::text)",
    "public_id": "right(md5(n::text), 11)",
    "original": "n::text",
    "idempotency_key": "n::text",
    "title": "'Work ' || n",
    "sha256": "encode(sha256(n::text::bytea), 'hex')",
    "dhash": "NULL",
    "arrived_at": "entry.arrived_at + n * interval '1 millisecond'",
    "participant_id": "ids[1 + n % cardinality(ids)]",
}
FILL = """
WITH artists AS (
  SELECT array_agg(id ORDER BY id) AS ids FROM accounts_user
  WHERE email LIKE %(artists)s
)
INSERT INTO submissions_submission ({columns}) SELECT {values}
FROM submissions_submission AS entry, artists,
  generate_series(%(first)s::bigint, %(last)s, %(step)s) AS n
WHERE entry.id = %(entry)s
"""
NEXT = f"SELECT 1 + max(id) FROM {TABLE}"  # noqa: S608  a name of ours
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = %s::regclass AND NOT indisunique
"""
GUARDS = """
SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled = 'A'
"""
DIGEST = """
SELECT sha256, title FROM submissions_submission
WHERE competition_id = %s ORDER BY id DESC LIMIT 1
"""


@dataclass(frozen=True)
class Size:
    """The entries of the small and of the large organization."""

    few: int = 1_000
    many: int = 1_000_000
    pages: int = 3
    rounds: int = 7


def run() -> Iterator[Result]:
    yield from measured(Size(many=int(os.environ.get("STAFF_ENTRIES", Size.many))))


def measured(size: Size) -> Iterator[Result]:
    """One result for each page."""
    small, large = f"{size.few:,} entries", f"{size.many:,} entries"
    acts = {small: pages_of(filled(size.few)), large: pages_of(filled(size.many))}
    with connection.cursor() as cursor:
        # As autovacuum leaves tables behind.
        cursor.execute("VACUUM (ANALYZE)")
    for page in acts[small]:
        both = {name: partial(acts[name][page], size.pages) for name in acts}
        yield compare(page, both, base=small, rounds=size.rounds)


def filled(entries: int) -> Competition:
    """An open competition with so many entries of its own artists."""
    competition: Competition = CompetitionFactory(state="open")
    artists = UserFactory.create_batch(min(ARTISTS, entries))
    group = f"{competition.slug}-%@example.org"
    for number, artist in enumerate(artists):
        type(artist).objects.filter(pk=artist.pk).update(
            email=group.replace("%", str(number))
        )
    samples = [
        SubmissionFactory(competition=competition, state=state) for state in SHARES
    ]
    with connection.cursor() as cursor, in_bulk(cursor):
        cursor.execute(NEXT)
        ((first,),) = cursor.fetchall()
        for share, sample in enumerate(samples):
            values = {"artists": group, "entry": sample.pk, "step": len(SHARES)}
            last = first + entries - len(SHARES) - 1
            cursor.execute(fill(), {**values, "first": first + share, "last": last})
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{TABLE}', 'id'), max(id))"  # noqa: S608
            f" FROM {TABLE}"
        )
    return competition


def fill() -> str:
    """The statement that makes rows of a sample."""
    columns = [str(one.column) for one in Submission._meta.concrete_fields]
    values = [OWN.get(name, f'entry."{name}"').replace("%", "%%") for name in columns]
    names = ", ".join(f'"{name}"' for name in columns)
    return FILL.format(columns=names, values=", ".join(values))


@contextmanager
def in_bulk(cursor: Any) -> Iterator[None]:
    """Rows of a benchmark are not moved from state to state, nor indexed one by one."""
    cursor.execute("SET statement_timeout = 0")
    cursor.execute("SET maintenance_work_mem = '1GB'")
    cursor.execute(GUARDS, [TABLE])
    guards = cursor.fetchall()
    cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
    cursor.execute(INDEXES, [TABLE])
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in indexes:
        cursor.execute(definition)
    cursor.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")
    for (name,) in guards:
        cursor.execute(f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {name}")


def pages_of(competition: Competition) -> dict[str, Ask]:
    """What is asked for by name of the page; each takes the number of requests."""
    with connection.cursor() as cursor:
        cursor.execute(DIGEST, [competition.pk])
        ((sha256, title),) = cursor.fetchall()
    moderator = client_of(moderator_of(competition))
    organizer = client_of(staff(Role.ORGANIZER, competition.organization))
    visitor = Client()
    for site in (moderator, organizer, visitor):
        site.defaults["SERVER_NAME"] = "localhost"
    changelist, queue = reverse(f"{LIST}_changelist"), reverse(f"{LIST}_queue")
    overview = reverse("admin:competitions_competition_overview", args=[competition.pk])
    books = reverse("submissions:books", args=[competition.slug])
    asked = {
        "dashboard of a moderator": (moderator, reverse("admin:index")),
        "dashboard of an organizer": (organizer, reverse("admin:index")),
        "overview of a competition": (organizer, overview),
        "queue": (moderator, f"{queue}?competition={competition.pk}"),
        "change list": (moderator, changelist),
        "change list, in review": (moderator, f"{changelist}?queue=pending"),
        "search for a title": (moderator, f"{changelist}?q={title}"),
        "search for a SHA-256": (moderator, f"{changelist}?q={sha256}"),
        "public books": (visitor, books),
    }
    return {name: partial(ask, *page) for name, page in asked.items()}
