"""Statements of phase one that find rows by their keys, planned once."""

from __future__ import annotations

import functools
import re
from typing import Any, TypeVar

from django.db.models import Model

from competitions.models import Competition
from mycenas.accounts.models import User
from mycenas.core.db.statements import run
from submissions.models import TOKEN_PATTERN, Submission, Upload

# What is read of each row; anything else is fetched when code asks for it.
COLUMNS: dict[type[Model], tuple[str, tuple[str, ...]]] = {
    Upload: (
        "upload",
        ("id", "name", "part", "grant", "submission", "length", "offset", "file_name"),
    ),
    Submission: (
        "ticket",
        (
            "id", "token", "public_id", "competition", "participant", "state",
            "arrived_at", "upload_until", "declared_size", "declared_sha256",
            "original", "sha256", "size", "received_at", "refusal",
        ),
    ),
    Competition: ("contest", ("id", "slug", "max_megabytes", "state", "cancelled_at")),
    User: ("person", ("id", "password", "is_active", "session_generation")),
}  # fmt: skip

T = TypeVar("T", bound=Model)

# For a participant and a competition. By the size, which says the same as
# ``received_at``: without fresh statistics PostgreSQL would read all that the
# competition has received.
ENTERED = """
EXISTS (SELECT FROM submissions_submission AS entered
  WHERE entered.participant_id = {} AND entered.competition_id = {}
    AND entered.size IS NOT NULL)
"""


def has_entered(participant_id: int, competition_id: int) -> bool:
    """Whether another entry of the participant to the competition was received."""
    sql = f"SELECT {ENTERED.format('%s', '%s')}"
    return bool(run(sql, [participant_id, competition_id])[0][0])


def find_upload(secret: str) -> Upload | None:
    """The upload with this secret, with its ticket, competition and participant.

    Its ``name`` is another one if the secret was ended.
    """
    if not re.fullmatch(TOKEN_PATTERN, secret):
        return None
    found = run(upload_sql(), [secret, secret])
    return _read(list(found[0])) if found else None


# Rows are found by their keys alone.
_SQL = """
SELECT clock_timestamp(), {entered}, {columns}
FROM submissions_upload AS upload
  JOIN submissions_submission AS ticket ON ticket.id = upload.submission_id
  JOIN competitions_competition AS contest ON contest.id = ticket.competition_id
  JOIN accounts_user AS person ON person.id = ticket.participant_id
WHERE upload.name = %s OR upload.ended = %s
"""


@functools.cache
def upload_sql() -> str:
    """The statement of `find_upload`; takes the secret twice."""
    columns = ", ".join(
        f'{alias}."{field.column}"'
        for model, (alias, _names) in COLUMNS.items()
        for field in _fields(model)
    )
    entered = ENTERED.format("ticket.participant_id", "ticket.competition_id")
    return _SQL.format(entered=entered, columns=columns)


@functools.cache
def _fields(model: type[Model]) -> list[Any]:
    wanted = COLUMNS[model][1]
    return [field for field in model._meta.concrete_fields if field.name in wanted]


def _read(values: list[Any]) -> Upload:
    moment, has_entered = values[:2]
    del values[:2]
    upload = _made(Upload, values)
    ticket = upload.submission = _made(Submission, values)
    ticket.competition = _made(Competition, values)
    ticket.participant = _made(User, values)
    upload.found_at, upload.has_entered = moment, has_entered
    return upload


def _made(model: type[T], values: list[Any]) -> T:
    """An instance of the next values, which are used up."""
    names = [field.attname for field in _fields(model)]
    mine, values[: len(names)] = values[: len(names)], []
    return model.from_db("default", names, mine)
