"""Limits of exports: each sentence says limit, number, and when there is room again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from mycenas.core.db import database
from mycenas.staff.exports import limits
from mycenas.staff.exports.kinds import kind_named
from mycenas.staff.exports.limits import TooManyExports
from mycenas.staff.exports.models import Export
from mycenas.staff.exports.states import ExportState as X
from mycenas.staff.exports.workflow import request_export
from submissions.states import SubmissionState as S
from tests.database.tools import alter, raw
from tests.factories import (
    CompetitionFactory,
    ExportFactory,
    SubmissionFactory,
    moderator_of,
    organizer_of,
)

pytestmark = pytest.mark.django_db

ADD = reverse("admin:exports_export_add")


@pytest.fixture
def competition():
    return CompetitionFactory(state="open")


@pytest.fixture
def person(competition):
    return organizer_of(competition)


def refused(competition, person, **more):
    with pytest.raises(TooManyExports) as found:
        ExportFactory(of=competition, by=person, **more)
    assert found.value.status == 429
    return found.value


def test_one_person_has_so_many_unfinished_exports(competition, person):
    rows = [
        ExportFactory(of=competition, by=person, state=state)
        for state in (X.RUNNING, X.QUEUED, X.QUEUED, X.QUEUED, X.QUEUED)
    ]
    assert str(refused(competition, person).sentence) == (
        "At most 5 exports of one person wait or are written at a time, and you have "
        "5. Ask again when one of them is finished."
    )
    ExportFactory(of=competition, by=moderator_of(competition))
    rows[0].move(
        X.FAILED,
        problem="Broken.",
        lease_until=None,
        finished_at=database.now(),
    )
    ExportFactory(of=competition, by=person)
    assert Export.objects.filter(requested_by=person).count() == 6


def test_the_same_form_sent_again_counts_nothing(competition, person, monkeypatch):
    monkeypatch.setattr(limits, "MOST_UNFINISHED", 1)
    kind = kind_named("entries")
    assert kind
    first, again = (
        request_export(kind, competition, by=person, once="a token") for _ in range(2)
    )
    assert first == again
    refused(competition, person)


def test_one_person_asks_for_so_many_exports_a_day(competition, person, monkeypatch):
    monkeypatch.setattr(limits, "MOST_A_DAY", 2)
    for _number in range(2):
        ExportFactory(of=competition, by=person, state=X.FAILED)
    found = refused(competition, person)
    assert str(found.sentence) == (
        "One person asks for at most 2 exports in 24 hours, and you asked for 2. Try "
        "again in 1 day."
    )
    assert found.headers["Retry-After"] == "86400"
    alter("ALTER TABLE exports_export DISABLE TRIGGER USER")
    ago = "UPDATE exports_export SET created_at = clock_timestamp() - %s::interval"
    raw(ago, ["23 hours 50 minutes"])
    assert str(refused(competition, person).sentence).endswith("again in 10 minutes.")
    raw(ago, ["24 hours"])
    ExportFactory(of=competition, by=person)


def test_so_many_archives_of_the_same_files_are_kept(competition, person):
    SubmissionFactory(competition=competition, state=S.APPROVED)
    more = {"kind": "files", "of": competition, "by": person}
    rows = [ExportFactory(**more, state=X.DONE) for _ in range(3)]
    found = refused(competition, person, kind="files")
    assert str(found.sentence) == (
        "At most 3 archives of the same files are kept for one person, and you have 3. "
        "Download one of them, or try again in 7 days."
    )
    assert found.headers["Retry-After"] == str(7 * 24 * 3600)
    # Other files, and rows, are something else.
    ExportFactory(kind="jury_pack", of=competition, by=person)
    ExportFactory(of=competition, by=person)
    ExportFactory(kind="files", of=CompetitionFactory(), state=X.DONE)
    rows[0].move(X.EXPIRED)
    ExportFactory(**more)
    # One that waits takes its place as well.
    refused(competition, person, kind="files")


def test_files_are_kept_as_long_as_the_limit_says(competition):
    export = ExportFactory(of=competition, state=X.DONE)
    assert export.expires_at - export.finished_at == limits.KEPT
    assert timedelta(days=7) == limits.KEPT


def test_a_refused_form_keeps_its_filter_and_choices(
    competition, person, signed_in, monkeypatch
):
    monkeypatch.setattr(limits, "MOST_UNFINISHED", 1)
    ExportFactory(of=competition, by=person)
    client = signed_in(person)
    of = f"competition-{competition.pk}"
    chosen = {"kind": "entries", "of": of, "format": "xlsx", "search": "boat"}
    answer = client.post(ADD, {**chosen, "state": "pending", "once": "a token"})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert "and you have 1. Ask again when" in answer.text
    form = answer.context["form"]
    assert (form["of"].value(), form["format"].value()) == (of, "xlsx")
    assert 'name="search" value="boat"' in answer.text
    assert 'name="state" value="pending"' in answer.text
    assert Export.objects.count() == 1
