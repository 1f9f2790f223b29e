"""Illegal moves through every door: save, update, bulk_update, the desk, raw SQL."""

from __future__ import annotations

import psycopg
import pytest
from django.db import IntegrityError, connection
from django.urls import reverse

from competitions.models import Competition
from mycenas.core.errors import constraint_of
from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.database.tools import raw, refusal
from tests.factories import (
    SubmissionFactory,
    UserFactory,
    contest,
    organizer_of,
)

pytestmark = pytest.mark.django_db

ILLEGAL = (
    ("competition", "winner_announced", "open", "competition_is_final"),
    ("competition", "closed", "open", "competition_moves"),
    ("competition", "moderation", "draft", "competition_moves"),
    ("submission", S.WITHDRAWN, S.PENDING, "submission_moves"),
    ("submission", S.DISQUALIFIED, S.APPROVED, "submission_moves"),
    ("submission", S.RECEIVED, S.APPROVED, "submission_moves"),
    ("submission", S.APPROVED, S.RESERVED, "submission_moves"),
)


def row_of(kind, state):
    return contest(state) if kind == "competition" else SubmissionFactory(state=state)


def by_save(row, new):
    row.state = new
    row.save()


def by_save_of_a_field(row, new):
    row.state = new
    row.save(update_fields=["state"])


def by_update(row, new):
    type(row).objects.filter(pk=row.pk).update(state=new)


def by_bulk_update(row, new):
    row.state = new
    type(row).objects.bulk_update([row], ["state"])


def by_sql(row, new):
    raw(f"UPDATE {row._meta.db_table} SET state = %s WHERE id = %s", [new, row.pk])


DOORS = (by_save, by_save_of_a_field, by_update, by_bulk_update, by_sql)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("kind", "old", "new", "name"), ILLEGAL)
def test_no_door_leads_past_the_machine(door, kind, old, new, name):
    row = row_of(kind, old)
    with refusal(name):
        door(row, new)
    assert type(row).objects.get(pk=row.pk).state == old


@pytest.mark.parametrize("state", ["closed", "winner_announced"])
def test_the_desk_takes_no_state_from_a_form(state, signed_in):
    competition = contest(state)
    client = signed_in(organizer_of(competition))
    form = {"state": "open", "title": "Mine", "prizes-TOTAL_FORMS": "0"}
    name = "admin:competitions_competition_change"
    answer = client.post(reverse(name, args=[competition.pk]), form)
    assert answer.status_code in {200, 403}
    competition.refresh_from_db()
    assert (competition.state, competition.title) != ("open", "Mine")
    assert competition.state == state


def test_even_an_admin_of_everything_opens_nothing_again(signed_in):
    competition = contest("winner_announced")
    client = signed_in(UserFactory(is_staff=True, is_superuser=True))
    name = "admin:competitions_competition_do"
    for verb in ("open", "begin-moderation", "close", "announce"):
        client.post(reverse(name, args=[competition.pk, verb]))
    assert Competition.objects.get(pk=competition.pk).state == "winner_announced"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("kind", "old", "new", "name"), [ILLEGAL[0], ILLEGAL[3]])
def test_a_stranger_with_psql_is_refused_as_well(kind, old, new, name):
    row = row_of(kind, old)
    table = row._meta.db_table
    with (
        psycopg.connect(**second_connection()) as stranger,
        pytest.raises(psycopg.errors.CheckViolation) as caught,
    ):
        stranger.execute(
            f"UPDATE {table} SET state = %s WHERE id = %s", [str(new), row.pk]
        )
    assert caught.value.diag.constraint_name == name


def second_connection():
    known = connection.get_connection_params()
    return {
        key: value
        for key, value in known.items()
        if key in {"dbname", "user", "password", "host", "port", "options"}
    }


def test_an_insert_in_bulk_cannot_start_in_the_middle():
    ready = SubmissionFactory(state=S.APPROVED)
    ready = Submission.objects.get(pk=ready.pk)
    ready.pk, ready.token, ready.public_id, ready.original = None, "t", "p", "o"
    ready.idempotency_key = "another-key"
    with pytest.raises(IntegrityError) as caught:
        Submission.objects.bulk_create([ready])
    assert constraint_of(caught.value) == "submission_starts"
