"""An export: asked for, written by a worker, and kept for a week."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mycenas.accounts.models import Role
from mycenas.core.db import database
from mycenas.core.http.errors import NotAllowed
from mycenas.core.models import AuditEntry
from mycenas.staff.exports import output, workflow
from mycenas.staff.exports.access import exports_for, may_download
from mycenas.staff.exports.kinds import kind_named
from mycenas.staff.exports.models import Export
from mycenas.staff.exports.states import ExportState as X
from mycenas.storage import StorageFailed, store
from submissions.states import SubmissionState as S
from tests.database.tools import drop_guard, raw
from tests.factories import (
    CompetitionFactory,
    ExportFactory,
    SubmissionFactory,
    UserFactory,
    moderator_of,
    organizer_of,
    staff,
)
from tests.staff.exports.reading import read_back

pytestmark = pytest.mark.django_db


def content(export):
    with store().open_export(export.file) as file:
        return file.read()


def table(export):
    return list(csv.DictReader(io.StringIO(content(export).decode())))


@pytest.fixture
def competition():
    return CompetitionFactory(state="open")


def test_a_file_holds_the_rows_with_its_count_size_and_digest(competition):
    entries = [SubmissionFactory(competition=competition, state=S.PENDING, title="=A1")]
    entries += [SubmissionFactory(competition=competition) for _ in range(2)]
    SubmissionFactory()
    before = database.now()
    export = ExportFactory(of=competition, state=X.DONE)
    data, rows = content(export), table(export)
    assert [read_back(row["reference"]) for row in rows] == [
        one.public_id for one in entries
    ]
    assert rows[0]["title"] == "'=A1"
    assert rows[0]["sha256"] == entries[0].sha256
    assert rows[0]["artist_email"] == entries[0].participant.email
    arrived = entries[0].arrived_at.strftime("%Y-%m-%dT%H:%M:%S.%f")
    assert rows[0]["arrived_at"] == f"{arrived[:-3]}Z"
    assert list(rows[0]) == export.columns
    assert export.row_count == export.total == export.written == 3
    assert export.size == len(data)
    assert export.sha256 == hashlib.sha256(data).hexdigest()
    assert before < export.created_at < export.started_at < export.finished_at
    assert export.expires_at == export.finished_at + timedelta(days=7)


def test_a_file_is_written_while_statements_are_logged(competition):
    """As with DEBUG, where Django's cursors are others."""
    with CaptureQueriesContext(connection):
        assert ExportFactory(of=competition, state=X.DONE).sha256


def test_an_organization_has_the_entries_of_its_competitions(competition):
    same = {"organization": competition.organization, "state": "open"}
    mine = [competition, CompetitionFactory(**same)]
    for one in (*mine, CompetitionFactory(state="open")):
        SubmissionFactory(competition=one)
    export = ExportFactory(
        of=competition.organization, by=organizer_of(competition), state=X.DONE
    )
    assert {row["competition"] for row in table(export)} == {one.slug for one in mine}


def test_moderators_get_no_addresses_of_people(competition):
    SubmissionFactory(competition=competition)
    person = moderator_of(competition)
    export = ExportFactory(of=competition, by=person, state=X.DONE)
    (row,) = table(export)
    assert "artist" in row
    assert not any("@" in value for value in row.values())
    assert may_download(person, export)


@pytest.mark.parametrize("role", [Role.JUROR, Role.SPONSOR, None])
def test_people_without_a_role_for_it_get_no_export(competition, role):
    person = staff(role, competition.organization) if role else UserFactory()
    with pytest.raises(NotAllowed):
        ExportFactory(of=competition, by=person)
    other = organizer_of(CompetitionFactory())
    with pytest.raises(NotAllowed):
        ExportFactory(of=competition, by=other)


def test_who_lost_the_role_gets_neither_file_nor_a_new_one(competition):
    person = organizer_of(competition)
    written, waiting = (ExportFactory(of=competition) for _ in range(2))
    assert workflow.run(written.pk)
    written.refresh_from_db()
    assert may_download(person, written)
    person.memberships.update(role=Role.MODERATOR)
    # A moderator would get fewer columns than the file has.
    assert not may_download(person, written)
    person.memberships.update(role=Role.JUROR)
    assert workflow.run(waiting.pk)
    waiting.refresh_from_db()
    assert waiting.state == X.FAILED
    assert "role" in waiting.problem


def test_exports_are_seen_by_their_person_and_the_organizers(competition):
    moderator, other = moderator_of(competition), moderator_of(competition)
    export = ExportFactory(of=competition, by=moderator, state=X.DONE)
    organizer = organizer_of(competition)
    seeing = (moderator, organizer, UserFactory(is_superuser=True))
    assert all(export in exports_for(person) for person in seeing)
    foreign = organizer_of(CompetitionFactory())
    assert not any(exports_for(one) for one in (other, foreign, UserFactory()))
    # Only who asked for it gets the file.
    assert may_download(moderator, export)
    assert not may_download(organizer, export)


def test_one_export_is_written_at_a_time(competition):
    first, second = (ExportFactory(of=competition) for _ in range(2))
    assert workflow.claim(first.pk)
    assert not workflow.run(second.pk)
    first.refresh_from_db()
    workflow.write(first)
    assert workflow.run(second.pk)
    assert not workflow.run(second.pk)
    assert Export.objects.filter(state=X.DONE).count() == 2


def killed(export):
    """Its worker died: nothing renews the lease any more."""
    workflow.start(export)
    raw(
        "UPDATE exports_export SET lease_until = clock_timestamp() - interval '1 s'"
        " WHERE id = %s",
        [export.pk],
    )


def test_an_export_of_a_dead_worker_is_written_by_another(competition):
    export = ExportFactory(of=competition)
    killed(export)
    workflow.sweep()
    export.refresh_from_db()
    assert (export.state, export.attempt) == (X.QUEUED, 1)
    assert workflow.run(export.pk)
    export.refresh_from_db()
    assert (export.state, export.attempt) == (X.DONE, 2)


def test_an_export_that_ends_every_worker_fails(competition):
    export = ExportFactory(of=competition)
    for _ in range(workflow.MOST_ATTEMPTS):
        killed(export)
        workflow.sweep()
        export.refresh_from_db()
    assert export.state == X.FAILED
    assert "3 attempts" in export.problem


def test_a_lease_that_is_renewed_stays(competition):
    export = ExportFactory(of=competition, state=X.RUNNING)
    workflow.sweep()
    export.refresh_from_db()
    assert export.state == X.RUNNING


def test_an_attempt_that_was_taken_over_changes_nothing(competition):
    late = ExportFactory(of=competition)
    workflow.start(late)
    now = Export.objects.get(pk=late.pk)
    raw("UPDATE exports_export SET lease_until = '2001-01-01' WHERE id = %s", [now.pk])
    workflow.sweep()
    assert workflow.run(now.pk)
    workflow.write(late)
    now.refresh_from_db()
    assert (now.state, now.attempt) == (X.DONE, 2)
    assert hashlib.sha256(content(now)).hexdigest() == now.sha256
    with pytest.raises(FileNotFoundError):
        content(late)


def test_a_file_ends_after_a_week_and_its_digest_stays(competition):
    export = ExportFactory(of=competition, state=X.DONE)
    drop_guard("export_guard")
    raw("UPDATE exports_export SET expires_at = clock_timestamp()")
    workflow.sweep()
    digest = export.sha256
    export.refresh_from_db()
    assert (export.state, export.sha256) == (X.EXPIRED, digest)
    assert not may_download(export.requested_by, export)
    with pytest.raises(FileNotFoundError):
        content(export)


def test_the_free_space_of_entries_is_left_to_them(competition, settings):
    settings.STORAGE_RESERVE = store().free_bytes() + 1024**3
    export = ExportFactory(of=competition)
    assert workflow.run(export.pk)
    export.refresh_from_db()
    assert export.state == X.FAILED
    assert "0 MB are free" in export.problem


def test_an_export_that_lost_its_storage_is_tried_again(competition, monkeypatch):
    export = ExportFactory(of=competition)
    with monkeypatch.context() as broken:

        def fail(size):
            raise StorageFailed("gone")

        broken.setattr(output, "check_room", fail)
        workflow.run(export.pk)
    export.refresh_from_db()
    assert (export.state, export.attempt) == (X.QUEUED, 1)
    assert workflow.run(export.pk)


def test_an_export_is_in_the_journal_with_who_asked(competition):
    export = ExportFactory(of=competition, state=X.DONE)
    made, *moves = AuditEntry.objects.filter(
        table_name="exports_export", row_id=export.pk
    )
    assert made.changes["requested_by_id"] == [None, export.requested_by_id]
    states = [one.changes["state"] for one in moves if "state" in one.changes]
    assert states == [["queued", "running"], ["running", "done"]]
    assert not any("key" in one.changes for one in (made, *moves))


def test_kinds_are_known_by_name():
    kind = kind_named("entries")
    assert kind
    assert len({column.name for column in kind.columns}) == len(kind.columns)
    assert kind_named("nothing") is None
