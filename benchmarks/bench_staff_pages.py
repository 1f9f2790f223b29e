"""Pages of the staff and the public books with a few entries, and with very many.

Two organizations share the database, so that each page is planned for the same tables.
The ratio is that of a page of the large one over the same page of the small one. If
both take long, the small one pays for the entries of the other: see the milliseconds.
``STAFF_ENTRIES`` sets how many entries the large one has.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode

from benchmarks.bench_pages import ask
from benchmarks.filling import fill, in_bulk, next_key
from benchmarks.timing import Result, compare
from competitions.models import Competition
from mycenas.accounts.models import Role, User
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
# Asks for a page so many times.
Ask = Callable[[int], None]
LIST = "admin:submissions_submission"
# What differs from row to row. Of a hundred artists one is called Ada, and of a hundred
# titles one has a harbor in it; the last name is in letters, for digits are references.
PERSON = {
    "email": "%(group)s || n || '@example.org'",
    "name": """CASE n %% 100 WHEN 0 THEN 'Ada ' ELSE 'Artist ' END
      || translate(md5(n::text), '0123456789', 'ghijklmnop')""",
}
ENTRY = {
    "token": "md5(n::text)",
    "public_id": "right(md5(n::text), 11)",
    "original": "n::text",
    "idempotency_key": "n::text",
    "title": "'Work ' || n || CASE n / 10 %% 100 WHEN 0 THEN ' Harbor' ELSE '' END",
    "sha256": "encode(sha256(n::text::bytea), 'hex')",
    "dhash": "NULL",
    "arrived_at": "sample.arrived_at + n * interval '1 millisecond'",
    "participant_id": "%(artist)s + n / 2 %% %(artists)s",
}


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
    """An open competition with so many entries, two of each artist."""
    competition: Competition = CompetitionFactory(state="open")
    samples = [
        SubmissionFactory(competition=competition, state=state) for state in SHARES
    ]
    person, artist, artists = UserFactory(), next_key(User), entries // 2
    with in_bulk(User):
        fill([person], artists, PERSON, group=f"{competition.slug}-")
    with in_bulk(Submission):
        more = entries - len(samples)
        fill(samples, more, ENTRY, artist=artist, artists=artists)
    return competition


def pages_of(competition: Competition) -> dict[str, Ask]:
    """What is asked for by name of the page; each takes the number of requests."""
    moderator = client_of(moderator_of(competition))
    organizer = client_of(staff(Role.ORGANIZER, competition.organization))
    visitor = Client()
    for site in (moderator, organizer, visitor):
        site.defaults["SERVER_NAME"] = "localhost"
    changelist, queue = reverse(f"{LIST}_changelist"), reverse(f"{LIST}_queue")
    overview = reverse("admin:competitions_competition_overview", args=[competition.pk])
    books = reverse("submissions:books", args=[competition.slug])
    queue = f"{queue}?competition={competition.pk}"
    asked = {
        "dashboard of a moderator": (moderator, reverse("admin:index")),
        "dashboard of an organizer": (organizer, reverse("admin:index")),
        "overview of a competition": (organizer, overview),
        "queue": (moderator, queue),
        "change list": (moderator, changelist),
        "change list, in review": (moderator, f"{changelist}?queue=pending"),
        "public books": (visitor, books),
        "queue, search for a word in 1% of the titles": (
            moderator,
            f"{queue}&q=Harbor",
        ),
    }
    for what, words in searches_of(competition).items():
        address = f"{changelist}?{urlencode({'q': words})}"
        asked[f"search for {what}"] = (moderator, address)
        asked[f"search of an organizer for {what}"] = (organizer, address)
    return {name: partial(ask, *page) for name, page in asked.items()}


def searches_of(competition: Competition) -> dict[str, str]:
    """What is searched for, and by which words."""
    entries = competition.submissions.select_related("participant")
    entry = entries.filter(participant__name__startswith="Artist").latest("pk")
    artist = entry.participant
    return {
        "a title": entry.title,
        "a number in a title": str(entry.pk),
        "a word in all titles": "Work",
        "a word in 1% of the titles": "Harbor",
        "a word in no title": "Nightingale",
        "two letters in all titles": "Wo",
        "two letters in 1% of the titles": "Ha",
        "two letters in no title": "Qz",
        "an artist": artist.name.split()[-1],
        "an artist by both names": artist.name,
        "a name of 1% of the artists": "Ada",
        "two letters in 1% of the names": "Ad",
        "an address": artist.email,
        "a part of an address": artist.email.partition("@")[0],
        "a part of all addresses": "@example",
        "a SHA-256": str(entry.sha256),
    }
