"""Checks are counted one by one, and lead to review with pictures; files stay."""

from __future__ import annotations

import pytest

from submissions.models import Submission, Upload
from submissions.processing import workflow as processing
from submissions.states import SubmissionState as S
from tests.database.tools import one, raw, refused
from tests.database.write_paths.trying import NO_PRIVILEGE, attempt
from tests.factories import PICTURE, SubmissionFactory

COUNTED = "submission_tries_are_counted"
LEASE = "lease_until = now() + interval '1 minute'"
RELEASED = "lease_until = NULL, lease_owner = ''"
PENDING = (
    f"state = 'pending', {RELEASED}, processed_at = now(), width = 1, height = 1,"
    " media_type = 'image/png'"
)
STEPS = [
    (S.RECEIVED, "attempt = 7", COUNTED),
    (S.RECEIVED, "strikes = 2", COUNTED),
    (S.RECEIVED, f"state = 'processing', {LEASE}", COUNTED),
    (S.RECEIVED, f"state = 'processing', {LEASE}, attempt = attempt + 2", COUNTED),
    (
        S.RECEIVED,
        f"state = 'processing', {LEASE}, attempt = attempt + 1, strikes = 1",
        COUNTED,
    ),
    (S.RECEIVED, f"state = 'processing', {LEASE}, attempt = attempt + 1", ""),
    (S.PROCESSING, "lost_leases = 3", COUNTED),
    (S.PROCESSING, "attempt = 0", COUNTED),
    (S.PROCESSING, f"state = 'received', {RELEASED}, attempt = 0", COUNTED),
    (S.PROCESSING, f"state = 'received', {RELEASED}, strikes = 2", COUNTED),
    (
        S.PROCESSING,
        f"state = 'received', {RELEASED}, strikes = 1, lost_leases = 1",
        COUNTED,
    ),
    (S.PROCESSING, f"state = 'received', {RELEASED}, strikes = 1", ""),
    (S.PROCESSING, f"state = 'received', {RELEASED}, lost_leases = 1", ""),
    (S.PROCESSING, f"state = 'received', {RELEASED}", ""),
    (S.PROCESSING, f"state = 'quarantined', {RELEASED}, fault = 'x'", ""),
    (
        S.PROCESSING,
        f"state = 'quarantined', {RELEASED}, fault = 'x', strikes = 9",
        COUNTED,
    ),
    (S.QUARANTINED, "attempt = 0", COUNTED),
    (S.QUARANTINED, "state = 'received', attempt = 0", COUNTED),
    (S.QUARANTINED, "state = 'received', strikes = 1", COUNTED),
    (S.QUARANTINED, "state = 'received', strikes = 0, lost_leases = 0", ""),
]


def by(row, change):
    table = row._meta.db_table
    return refused(f"UPDATE {table} SET {change} WHERE id = %s", [row.pk])


@pytest.mark.parametrize(("state", "change", "rule"), STEPS)
def test_tries_are_counted_one_by_one(db, state, change, rule):
    assert by(SubmissionFactory(state=state), change) == rule


def test_what_was_counted_is_reset_only_when_it_is_checked_again(db):
    entry = SubmissionFactory(state=S.PROCESSING)
    processing._strike(entry)
    assert by(entry, "strikes = 0") == COUNTED
    claimed = processing.claim(entry.pk)
    assert claimed
    processing.quarantine(claimed, code="damaged", fault="Damaged.")
    assert by(entry, "state = 'received'") == COUNTED
    assert by(entry, "state = 'received', strikes = 0") == ""


def test_an_entry_comes_to_review_with_pictures_of_its_attempt(db):
    entry = SubmissionFactory(state=S.PROCESSING)
    rule = "submission_reviewed_with_pictures"
    assert by(entry, PENDING) == rule
    processing.write_renditions(entry, PICTURE)
    assert by(entry, PENDING) == ""
    # Pictures of an attempt that lost its lease are none of the next one.
    processing._lose_lease(entry)
    assert processing.claim(entry.pk)
    assert by(entry, PENDING) == rule


# --- the part that an entry's bytes are taken from

MOVED = (
    "name = repeat('n', 32), part = repeat('q', 32), ended = name, \"offset\" = 0",
    "",
)
PARTS = [
    MOVED,
    ("part = repeat('q', 32)", "upload_keeps_its_part"),
    ("name = repeat('n', 32)", "upload_keeps_its_part"),
    ("ended = repeat('n', 32)", "upload_keeps_its_part"),
    ("name = repeat('n', 32), ended = name", "upload_keeps_its_part"),
    (
        "name = repeat('n', 32), part = repeat('q', 32), ended = name, length = 9,"
        ' "offset" = 3',
        "upload_keeps_its_part",
    ),
]


@pytest.mark.parametrize(("change", "rule"), PARTS)
def test_an_upload_keeps_its_part(db, change, rule):
    upload = Upload.objects.create(submission=SubmissionFactory())
    assert by(upload, change) == rule


def test_the_part_of_a_received_file_stays(db):
    upload = Upload.objects.create(submission=SubmissionFactory(state=S.RECEIVED))
    assert by(upload, MOVED[0]) == "upload_keeps_its_part"


def test_the_site_deletes_no_row_of_an_upload(db):
    upload = Upload.objects.create(submission=SubmissionFactory())
    sql = "DELETE FROM submissions_upload WHERE id = %s"
    refusal = attempt(lambda: raw(sql, [upload.pk]))
    assert refusal
    assert refusal.code == NO_PRIVILEGE


# --- in whose name an entry is made and ends

RECEIVE = (
    "state = 'received', received_at = now(), original = token, size = 1,"
    " sha256 = repeat('a', 64), receipt_issuer = 'x', receipt_slug = 'x',"
    " receipt_title = 'x'"
)
ENDS = [
    (S.RESERVED, RECEIVE),
    (S.RESERVED, "state = 'expired', refused_at = now(), refusal = 'No picture.'"),
    *(
        (state, "state = 'withdrawn', withdrawn_at = now()")
        for state in (S.RESERVED, S.RECEIVED, S.QUARANTINED, S.PENDING, S.APPROVED)
    ),
]


@pytest.mark.parametrize(("state", "change"), ENDS)
def test_no_entry_ends_in_the_name_of_another(db, state, change):
    entry, other = SubmissionFactory(state=state), SubmissionFactory().participant
    act(other.pk)
    assert by(entry, change) == "submission_by_its_artist"
    act(entry.participant_id)
    assert by(entry, change) == ""
    act("")
    assert by(entry, change) == ""


def test_no_entry_is_made_in_the_name_of_another(db):
    entry = SubmissionFactory()
    columns = one(
        "SELECT string_agg(quote_ident(column_name), ', ') FROM"
        " information_schema.columns WHERE table_name = %s AND column_name <> ALL (%s)",
        [Submission._meta.db_table, ["id", "token", "public_id", "idempotency_key"]],
    )
    copy = (
        f"INSERT INTO submissions_submission (token, public_id, idempotency_key,"
        f" {columns}) SELECT repeat('t', 32), repeat('p', 11), 'another', {columns}"
        f" FROM submissions_submission WHERE id = {entry.pk}"
    )
    raw("UPDATE competitions_competition SET max_entries = 5")
    act(SubmissionFactory().participant_id)
    assert refused(copy) == "submission_by_its_artist"
    act(entry.participant_id)
    assert refused(copy) == ""


def act(person):
    """The setting that says who acts, until the test is taken back."""
    raw("SELECT set_config('mycenas.actor', %s, true)", [str(person)])
