"""Public pictures are written while their entry is checked, and stay as they are."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from mycenas.core.models import AuditEntry
from submissions.models import Rendition
from submissions.states import SubmissionState as S
from tests.database.tools import drop_guard, raw, refused
from tests.factories import SubmissionFactory, contest

pytestmark = pytest.mark.django_db

COLUMNS = "submission_id, width_class, name, width, height, size, sha256"
CHANGES = (
    "name = name || 'x'",
    "width_class = width_class + 1",
    "width = width + 1",
    "height = height + 1",
    "size = size + 1",
    "sha256 = repeat('a', 64)",
    "sha256 = NULL",
    "id = id + 100000",
)


def insert(entry: Any, *, name: str = "", digest: str | None = "a" * 64) -> str:
    start = f"{entry.public_id[:2]}/{entry.public_id}-{entry.attempt}-7.webp"
    return refused(
        f"INSERT INTO submissions_rendition ({COLUMNS})"
        " VALUES (%s, 7, %s, 7, 7, 7, %s)",
        [entry.pk, name or start, digest],
    )


def change(entry: Any, assignment: str) -> str:
    return refused(
        f"UPDATE submissions_rendition SET {assignment} WHERE submission_id = %s",
        [entry.pk],
    )


def delete(entry: Any) -> str:
    return refused(
        "DELETE FROM submissions_rendition WHERE submission_id = %s", [entry.pk]
    )


def test_a_picture_is_never_changed():
    entry = SubmissionFactory(state=S.APPROVED)
    by = {assignment: change(entry, assignment) for assignment in CHANGES}
    assert set(by.values()) == {"rendition_stays"}, by
    drop_guard("rendition_stays")
    by = {assignment: change(entry, assignment) for assignment in CHANGES}
    assert set(by.values()) <= {"", "rendition_once_per_width"}, by


def test_two_pictures_of_a_closed_competition_are_not_swapped():
    entry = contest("closed").submissions.first()
    other = SubmissionFactory(state=S.APPROVED)
    assert change(entry, f"submission_id = {other.pk}") == "rendition_stays"
    assert change(entry, "name = reverse(name)") == "rendition_stays"


def test_a_picture_is_never_deleted():
    entry = SubmissionFactory(state=S.APPROVED)
    assert delete(entry) == "rendition_is_not_deleted"
    drop_guard("rendition_is_not_deleted")
    assert delete(entry) == ""


def test_a_picture_is_added_only_while_its_entry_is_checked():
    entries = [SubmissionFactory(state=state) for state in set(S) - {S.PROCESSING}]
    by = {entry.state: insert(entry) for entry in entries}
    assert set(by.values()) == {"rendition_made_while_checked"}, by
    drop_guard("rendition_made_while_checked")
    by = {entry.state: insert(entry) for entry in entries}
    assert set(by.values()) == {""}, by


def test_a_picture_carries_its_entry_its_attempt_and_its_digest():
    entry = SubmissionFactory(state=S.PROCESSING)
    other = SubmissionFactory(state=S.PROCESSING)
    assert insert(entry) == ""
    of_another = f"{other.public_id[:2]}/{other.public_id}-{other.attempt}-7.webp"
    assert insert(entry, name=of_another) == "rendition_made_while_checked"
    late = f"{entry.public_id[:2]}/{entry.public_id}-{entry.attempt + 1}-7.webp"
    assert insert(entry, name=late) == "rendition_made_while_checked"
    assert insert(entry, digest=None) == "rendition_made_while_checked"


def old_picture() -> Rendition:
    """One from before digests were kept."""
    drop_guard("rendition_made_while_checked")
    entry = SubmissionFactory(state=S.PROCESSING)
    return Rendition.objects.create(
        submission=entry, width_class=7, name="old.webp", width=7, height=7, size=7
    )


def test_a_digest_that_is_missing_is_noted_once():
    row = old_picture()
    note = "UPDATE submissions_rendition SET sha256 = repeat(%s, 64) WHERE id = %s"
    assert change(row.submission, "sha256 = repeat('a', 64), size = 8") != ""
    assert raw(note, ["a", row.pk]) == 1
    assert refused(note, ["b", row.pk]) == "rendition_stays"


def test_each_picture_is_in_the_journal():
    entry = SubmissionFactory(state=S.PENDING)
    keys = list(entry.renditions.values_list("pk", flat=True))
    lines = AuditEntry.objects.filter(
        table_name="submissions_rendition", row_id__in=keys, operation="INSERT"
    )
    assert lines.count() == len(keys) == 3
    assert all(line.changes["sha256"][1] == "0" * 64 for line in lines)


def test_the_site_may_add_pictures_and_note_digests_and_nothing_else():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege(role, relation, 'UPDATE'),"
            " has_table_privilege(role, relation, 'DELETE'),"
            " has_column_privilege(role, relation, 'name', 'UPDATE'),"
            " has_column_privilege(role, relation, 'sha256', 'UPDATE'),"
            " has_table_privilege(role, relation, 'INSERT')"
            " FROM (SELECT 'mycenas_app'::text AS role,"
            " 'submissions_rendition'::text AS relation) AS asked"
        )
        assert cursor.fetchone() == (False, False, False, True, True)
