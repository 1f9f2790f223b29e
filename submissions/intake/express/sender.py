"""Whose upload this is: session, person, upload, ticket and competition at one look.

Only the plain case is recognized: a valid session of the ticket's own participant, and
a ticket that waits for its file. It is what the pages' middleware and `find` ask one
after the other.
"""

from __future__ import annotations

import functools
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Model
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from competitions.models import Competition
from mycenas.accounts.models import User
from mycenas.core import rows
from mycenas.core.statements import run
from submissions.intake.pace import ENTERED
from submissions.models import Submission, Upload

# What is read of each row; anything else is fetched when somebody asks for it.
COLUMNS: dict[type[Model], tuple[str, tuple[str, ...]]] = {
    Upload: ("upload", ("id", "name", "submission", "length", "offset", "file_name")),
    Submission: (
        "ticket",
        (
            "id", "token", "public_id", "competition", "participant", "state",
            "arrived_at", "upload_until", "declared_size", "declared_sha256",
            "original", "sha256", "size", "received_at",
        ),
    ),
    Competition: ("contest", ("id", "slug", "max_megabytes")),
    User: ("person", ("id", "password", "is_active", "session_generation")),
}  # fmt: skip

T = TypeVar("T", bound=Model)


@functools.cache
def _fields(model: type[Model]) -> list[Any]:
    wanted = COLUMNS[model][1]
    return [field for field in model._meta.concrete_fields if field.name in wanted]


def _selected(*models: type[Model]) -> str:
    return ", ".join(
        f'{COLUMNS[model][0]}."{field.column}"'
        for model in models
        for field in _fields(model)
    )


@functools.cache
def plain_sql() -> str:
    """The one look; takes a session's key and an upload's name."""
    entered = ENTERED.format("ticket.participant_id", "ticket.competition_id")
    return _SQL.format(entered=entered, columns=_selected(*COLUMNS))


# Rows are found by their keys alone. Without fresh statistics PostgreSQL would go by
# the index of states instead, and read every waiting ticket: hence the ``|| ''``.
_SQL = """
SELECT session.session_data, clock_timestamp(), {entered}, {columns}
FROM submissions_upload AS upload
  JOIN submissions_submission AS ticket ON ticket.id = upload.submission_id
  JOIN competitions_competition AS contest ON contest.id = ticket.competition_id
  JOIN accounts_user AS person ON person.id = ticket.participant_id
  JOIN django_session AS session ON session.session_key = %s
WHERE upload.name = %s AND person.is_active AND session.expire_date > clock_timestamp()
  AND ticket.state || '' = 'reserved' AND ticket.upload_until > clock_timestamp()
"""


def find_person(request: HttpRequest) -> User | None:
    """Who is signed in by a valid session; None for everybody else."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    found = run(_SESSION_SQL, [key]) if key else []
    said = SessionStore().decode(found[0][0]) if found else {}
    if SESSION_KEY not in said:
        return None
    person = rows.find(User, id=said[SESSION_KEY], is_active=True)
    if person is None or not _signed_in(said, person):
        return None
    person.proof = said
    return person


_SESSION_SQL = """
SELECT session_data FROM django_session
WHERE session_key = %s AND expire_date > clock_timestamp()
"""


def find_plain(request: HttpRequest, name: str) -> Upload | None:
    """One's own upload with its open ticket and competition; None if not plain."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    found = run(plain_sql(), [key, name]) if key else []
    if not found:
        return None
    said, moment, has_entered, *values = found[0]
    upload = _read(values)
    person = upload.submission.participant
    person.proof = SessionStore().decode(said)
    if not _signed_in(person.proof, person):
        return None
    upload.found_at, upload.has_entered = moment, has_entered
    return upload


def _read(values: list[Any]) -> Upload:
    upload = _made(Upload, values)
    ticket = upload.submission = _made(Submission, values)
    ticket.competition = _made(Competition, values)
    ticket.participant = _made(User, values)
    return upload


def _made(model: type[T], values: list[Any]) -> T:
    """An instance of the next values, which are used up."""
    names = [field.attname for field in _fields(model)]
    mine, values[: len(names)] = values[: len(names)], []
    return model.from_db("default", names, mine)


def _signed_in(said: dict[str, Any], person: User) -> bool:
    """Whether a session is that of ``person``, as `get_user` has it."""
    return (
        said.get(SESSION_KEY) == str(person.pk)
        and said.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(
            said.get(HASH_SESSION_KEY, ""), person.get_session_auth_hash()
        )
    )
