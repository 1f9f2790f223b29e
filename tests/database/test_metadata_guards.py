"""What a file says of itself is noted while its entry is checked, and stays."""

from __future__ import annotations

from typing import Any

import pytest

from submissions.models import FileMetadata
from submissions.states import SubmissionState as S
from tests.database.tools import drop_guard, raw, refused
from tests.factories import SubmissionFactory

pytestmark = pytest.mark.django_db

TABLE = "submissions_filemetadata"


def note(entry: Any, facts: str = "{}") -> str:
    return refused(
        f"INSERT INTO {TABLE} (submission_id, facts) VALUES (%s, %s)",
        [entry.pk, facts],
    )


def test_it_is_noted_while_the_entry_is_checked_or_afterwards_and_once():
    states = (S.RESERVED, S.RECEIVED, S.QUARANTINED, S.EXPIRED)
    entries = [SubmissionFactory(state=state) for state in states]
    assert {note(entry) for entry in entries} == {"file_metadata_read_while_checked"}
    assert note(SubmissionFactory(state=S.PROCESSING)) == ""
    checked = [SubmissionFactory(state=state) for state in (S.PENDING, S.WITHDRAWN)]
    known = "submissions_filemetadata_submission_id_key"
    assert {note(entry) for entry in checked} == {known}
    drop_guard("file_metadata_stays")
    raw(f"DELETE FROM {TABLE}")
    assert {note(entry) for entry in checked} == {""}
    drop_guard("file_metadata_read_while_checked")
    assert {note(entry) for entry in entries} == {""}


@pytest.mark.parametrize(
    "facts", ['["Ada"]', '"Ada"', "null", '{"artist": ["%s"]}' % ("a" * 12_000)]
)
def test_it_is_an_object_of_bounded_size(facts):
    entry = SubmissionFactory(state=S.PROCESSING)
    assert note(entry, facts) == "file_metadata_read_while_checked"
    drop_guard("file_metadata_read_while_checked")
    assert note(entry, facts) == ""


@pytest.mark.parametrize(
    "statement",
    [
        f'UPDATE {TABLE} SET facts = \'{{"artist": ["Bo"]}}\'',
        f"UPDATE {TABLE} SET id = id + 1",
        f"DELETE FROM {TABLE}",
    ],
)
def test_it_is_never_changed_or_deleted(statement):
    SubmissionFactory(state=S.PENDING)
    assert refused(statement) == "file_metadata_stays"
    drop_guard("file_metadata_stays")
    assert refused(statement) == ""


def test_the_largest_that_is_read_fits():
    """Three texts of each of eight kinds, all of them characters that JSON escapes."""
    entry = SubmissionFactory(state=S.PROCESSING)
    facts = {f"kind {n}": ['"' * 198 + f"{n}{i}" for i in range(3)] for n in range(8)}
    row = FileMetadata.objects.create(submission=entry, facts=facts)
    row.refresh_from_db()
    assert row.facts == facts
