"""What PostgreSQL refuses of entries and prizes given, of any role."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from mycenas.accounts.models import User
from submissions.models import Submission, Upload
from submissions.states import SubmissionState as S
from tests.database.tools import drop_guard, raw, refusal, refused
from tests.factories import (
    DAY,
    AwardFactory,
    CategoryFactory,
    CompetitionFactory,
    PrizeFactory,
    SubmissionFactory,
    UserFactory,
    confirmed_disqualification,
    contest,
    organizer_of,
    timezone,
    walk_competition,
)

pytestmark = pytest.mark.django_db

TICKET = """
INSERT INTO submissions_submission (token, public_id, competition_id, participant_id,
  category_id, title, description, alt_text, idempotency_key, state, upload_until,
  original_name, attempt, strikes, lease_owner, fault_code, fault, media_type,
  decision_reason, entered_again {more})
VALUES (substr(gen_random_uuid()::text, 1, 32), substr(gen_random_uuid()::text, 1, 11),
  %s, %s, %s, 'Dusk', '', '', gen_random_uuid()::text, 'reserved', now(), '', 0, 0, '',
  '', '', '', '', false {values})
"""
UPDATE = "UPDATE submissions_submission SET {} WHERE id = %s"


def ticket(competition, person=None, category=None, more="", values=""):
    """By whom PostgreSQL refuses a ticket that is inserted past our code."""
    sql = TICKET.format(more=more, values=values)
    person = person or UserFactory()
    return refused(sql, [competition.pk, person.pk, category])


def by(entry, changes):
    return refused(UPDATE.format(changes), [entry.pk])


# --- arriving


def test_tickets_are_for_open_competitions():
    competitions = [CompetitionFactory(), *map(contest, ("moderation", "closed"))]
    for competition in competitions:
        name = ticket(competition)
        assert name == "submission_competition_takes_entries", competition.state
    drop_guard("submission_arrives")
    assert [ticket(competition) for competition in competitions] == [""] * 3


def test_tickets_are_for_competitions_inside_their_dates():
    now = timezone.now()
    coming = CompetitionFactory(opens_at=now + DAY / 2, state="open")
    over = CompetitionFactory(closes_at=now - DAY / 2, state="open")
    assert ticket(coming) == "submission_competition_takes_entries"
    assert ticket(over) == "submission_competition_takes_entries"
    assert ticket(CompetitionFactory(state="open")) == ""


def test_no_ticket_for_a_cancelled_competition():
    competition = CompetitionFactory(state="open")
    competition.cancelled_at, competition.cancel_reason = timezone.now(), "Storm."
    competition.save()
    assert ticket(competition) == "submission_competition_takes_entries"


def test_nobody_makes_more_entries_than_one_person_may():
    competition, person = CompetitionFactory(state="open", max_entries=2), UserFactory()
    first = SubmissionFactory(competition=competition, participant=person)
    SubmissionFactory(competition=competition, participant=person, state=S.REJECTED)
    assert ticket(competition, person) == "submission_within_limit"
    assert ticket(competition) == ""
    first.move(S.WITHDRAWN, withdrawn_at=timezone.now())
    assert ticket(competition, person) == ""


def test_a_category_belongs_to_the_competition():
    competition = CompetitionFactory(state="open")
    own, foreign = CategoryFactory(competition=competition), CategoryFactory()
    assert ticket(competition, category=own.pk) == ""
    assert ticket(competition, category=foreign.pk) == (
        "submission_category_of_competition"
    )


def test_the_database_stamps_arrival_and_window():
    competition = CompetitionFactory(state="open", upload_window=timedelta(minutes=20))
    before = timezone.now()
    sql = TICKET.format(more=", arrived_at", values=", now() - interval '3 days'")
    raw(sql, [competition.pk, UserFactory().pk, None])
    made = Submission.objects.get(competition=competition)
    assert before <= made.arrived_at <= timezone.now()
    assert made.upload_until - made.arrived_at == timedelta(minutes=20)


@pytest.mark.django_db(transaction=True)
def test_a_ticket_needs_to_see_what_it_waited_for():
    """An older snapshot would not show a deadline that closed meanwhile."""
    competition, person = CompetitionFactory(state="open"), UserFactory()
    with refusal("guards_read_committed"):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        sql = TICKET.format(more="", values="")
        raw(sql, [competition.pk, person.pk, None])


# --- staying


IDENTITY = (
    "id = id + 100000",
    "token = 't'",
    "public_id = 'p'",
    "arrived_at = arrived_at - interval '1 second'",
    "upload_until = upload_until + interval '1 second'",
    "declared_size = 5",
    "declared_sha256 = repeat('0', 64)",
    "rules_accepted_at = now() - interval '9 days'",
)
ACKNOWLEDGED = (
    "title = 'Dawn'",
    "description = 'x'",
    "alt_text = 'x'",
    "idempotency_key = 'another-key'",
    "original = 'x'",
    "original_name = 'x'",
    "sha256 = repeat('0', 64)",
    "size = size + 1",
    "received_at = now() - interval '1 second'",
)

FOUND = (
    "attempt = attempt + 1",
    "strikes = strikes + 1",
    "lost_leases = lost_leases + 1",
    "fault = 'x'",
    "fault_code = 'x'",
    "media_type = 'text/html'",
    "width = 1",
    "height = 1",
    "dhash = 7",
    "dhash = NULL",
)
# What no other guard looks at.
LATER = "next_attempt_at = now()"


def test_who_when_and_where_stay_from_the_first_moment():
    entry = SubmissionFactory()
    for change in IDENTITY:
        assert by(entry, change) == "submission_facts_stay", change


@pytest.mark.parametrize("state", [S.RECEIVED, S.WITHDRAWN])
def test_what_was_acknowledged_stays(state):
    entry = SubmissionFactory(state=state)
    for change in (*IDENTITY, *ACKNOWLEDGED):
        assert by(entry, change) == "submission_facts_stay", change
    drop_guard("submission_facts_stay")
    assert by(entry, "sha256 = repeat('0', 64)") == ""


@pytest.mark.parametrize("state", [S.PENDING, S.APPROVED, S.REJECTED, S.WITHDRAWN])
def test_what_processing_found_stays(state):
    entry = SubmissionFactory(state=state)
    for change in FOUND:
        assert by(entry, change) == "submission_processing_stays", change


def test_an_entry_stays_with_its_artist_and_competition():
    entry, other = SubmissionFactory(), UserFactory()
    assert by(entry, f"participant_id = {other.pk}") == "submission_facts_stay"
    elsewhere = CompetitionFactory(state="open")
    assert by(entry, f"competition_id = {elsewhere.pk}") == "submission_facts_stay"


def test_words_may_change_until_the_file_is_there():
    assert by(SubmissionFactory(), "title = 'Dawn'") == ""


def test_entries_are_never_deleted():
    entry = SubmissionFactory()
    sql = "DELETE FROM submissions_submission WHERE id = %s"
    assert refused(sql, [entry.pk]) == "submission_stays"
    drop_guard("submission_stays")
    assert refused(sql, [entry.pk]) == ""


RECEIVE = (
    "state = 'received', received_at = now(), original = token, size = 1,"
    " sha256 = repeat('a', 64), receipt_issuer = 'x',"
    " receipt_slug = 'x', receipt_title = 'x'"
)


def test_bytes_come_within_their_window():
    competition = CompetitionFactory(
        state="open", upload_window=timedelta(microseconds=1)
    )
    entry = SubmissionFactory(competition=competition)
    assert by(entry, RECEIVE) == "submission_upload_in_time"
    drop_guard("submission_upload_in_time")
    assert by(entry, RECEIVE) == ""


def test_a_reservation_lasts_for_its_window():
    entry = SubmissionFactory()
    assert by(entry, "state = 'expired'") == "submission_expires_late"
    refused_file = "state = 'expired', refused_at = now(), refusal = 'No picture.'"
    assert by(entry, refused_file) == ""
    drop_guard("submission_expires_late")
    assert by(entry, "state = 'expired'") == ""


@pytest.mark.parametrize("column", ["lease_until", "next_attempt_at"])
def test_no_entry_is_put_off_for_good(column):
    entry = SubmissionFactory(state="processing")
    late = f"{column} = now() + interval '2 days'"
    assert by(entry, late) == "submission_tried_again_soon"
    assert by(entry, f"{column} = now() + interval '1 hour'") == ""
    drop_guard("submission_tried_again_soon")
    assert by(entry, late) == ""


def test_bytes_are_received_for_active_participants_only():
    entry = SubmissionFactory()
    raw(f"UPDATE accounts_user SET is_active = false WHERE id = {entry.participant_id}")
    assert by(entry, RECEIVE) == "submission_by_active_participant"
    drop_guard("submission_upload_in_time")
    assert by(entry, RECEIVE) == ""


# --- settled

UNDECIDED = "state = 'pending', decided_at = NULL, decided_by_id = NULL"


def test_review_is_over_once_a_competition_is_closed():
    competition = contest("moderation")
    entry = competition.submissions.get()
    reopen = f"{UNDECIDED}, decision_reason = 'look again'"
    assert by(entry, reopen) == ""
    walk_competition(competition, "closed")
    assert by(entry, reopen) == "submission_review_is_over"
    assert by(entry, disqualified(entry)) == ""
    drop_guard("submission_settled")
    assert by(entry, reopen) == ""


def disqualified(entry):
    """What the statement writes, once another person has confirmed it."""
    person = confirmed_disqualification(entry).decided_by_id
    return (
        "state = 'disqualified', decision_reason = 'Copied.', decided_at = now(),"
        f" decided_by_id = {person}"
    )


def test_an_entry_keeps_its_state_while_it_holds_a_prize():
    entry = contest("closed").submissions.get()
    AwardFactory(submission=entry)
    disqualify = disqualified(entry)
    withdraw = "state = 'withdrawn', withdrawn_at = now()"
    assert by(entry, disqualify) == "submission_award_stays"
    assert by(entry, withdraw) == "submission_award_stays"
    drop_guard("submission_settled")
    assert by(entry, disqualify) == ""


def test_a_final_competition_keeps_all_its_entries_as_they_are():
    competition = CompetitionFactory(state="open")
    entries = [
        SubmissionFactory(competition=competition, state=state)
        for state in (S.APPROVED, S.REJECTED, S.DISQUALIFIED, S.WITHDRAWN)
    ]
    walk_competition(competition, "winner_announced")
    for entry in entries:
        assert by(entry, LATER) == "competition_is_final", entry.state
    drop_guard("submission_settled")
    assert [by(entry, LATER) for entry in entries] == [""] * 4


# --- decided

DECISIONS = ("state = 'approved'", "state = 'rejected', decision_reason = 'Blurred.'")


@pytest.mark.parametrize("decide", DECISIONS)
def test_a_decision_has_its_person_and_its_moment(decide):
    entry = SubmissionFactory(state=S.PENDING)
    person = organizer_of(entry).pk
    whole = f"{decide}, decided_at = now(), decided_by_id = {person}"
    for part in ("", ", decided_at = now()", f", decided_by_id = {person}"):
        assert by(entry, decide + part) == "submission_decided_tied", part
    assert by(entry, whole) == ""
    tell_actor(UserFactory())
    assert by(entry, whole) == "submission_decided_by_its_person"
    tell_actor(User.objects.get(pk=person))
    assert by(entry, whole) == ""


def test_a_disqualification_has_a_moment_of_its_own():
    entry = SubmissionFactory(state=S.APPROVED)
    whole = disqualified(entry)
    without = whole.replace("decided_at = now(), ", "")
    assert by(entry, without) == "submission_decided_tied"
    assert by(entry, whole) == ""


def test_an_entry_in_review_has_no_decision():
    entry = SubmissionFactory(state=S.APPROVED)
    reopen = f"{UNDECIDED}, decision_reason = 'look again'"
    assert by(entry, reopen) == ""
    for kept in (", decided_at = NULL", ", decided_by_id = NULL"):
        assert by(entry, reopen.replace(kept, "")) == "submission_decided_tied"
    drop_guard("submission_with_its_decider")
    assert by(entry, "state = 'pending', decision_reason = 'look again'") == ""


def tell_actor(person):
    """The setting that says who acts, until the test ends."""
    raw("SELECT set_config('mycenas.actor', %s, true)", [str(person.pk)])


# --- prizes

AWARD = (
    "INSERT INTO submissions_award (competition_id, prize_id, submission_id, citation,"
    " awarded_by_id) VALUES (%s, %s, %s, '', %s)"
)


def award(competition, prize, entry):
    person = organizer_of(competition)
    return refused(AWARD, [competition.pk, prize.pk, entry.pk, person.pk])


def test_prizes_are_given_while_the_competition_is_closed():
    competition = contest("moderation")
    prize, entry = competition.prizes.get(), competition.submissions.get()
    assert award(competition, prize, entry) == "award_to_approved_entry"
    walk_competition(competition, "closed")
    assert award(competition, prize, entry) == ""


def test_prizes_go_to_accepted_entries_of_the_same_competition():
    competition = CompetitionFactory(state="open")
    rejected = SubmissionFactory(competition=competition, state=S.REJECTED)
    foreign = contest("closed")
    walk_competition(competition, "closed")
    prize = competition.prizes.get()
    name = "award_to_approved_entry"
    assert award(competition, prize, rejected) == name
    assert award(competition, prize, foreign.submissions.get()) == name
    assert award(foreign, prize, foreign.submissions.get()) == name
    drop_guard("award_guard")
    assert award(competition, prize, rejected) == ""


def test_no_prize_in_a_cancelled_competition():
    competition = contest("closed")
    competition.cancelled_at, competition.cancel_reason = timezone.now(), "Storm."
    competition.save()
    prize, entry = competition.prizes.get(), competition.submissions.get()
    assert award(competition, prize, entry) == "award_to_approved_entry"


def test_a_prize_given_stays_with_its_entry():
    competition = contest("closed", entries=2)
    given = AwardFactory(submission=competition.submissions.first())
    other = competition.submissions.last()
    sql = "UPDATE submissions_award SET {} WHERE id = %s"
    assert refused(sql.format(f"submission_id = {other.pk}"), [given.pk]) == (
        "award_to_approved_entry"
    )
    assert refused(sql.format("citation = 'Brave.'"), [given.pk]) == ""


def test_an_award_is_taken_back_once_and_never_deleted():
    given = AwardFactory(submission=contest("closed").submissions.get())
    delete = "DELETE FROM submissions_award WHERE id = %s"
    take_back = "UPDATE submissions_award SET taken_back_at = now() WHERE id = %s"
    give_again = "UPDATE submissions_award SET taken_back_at = NULL WHERE id = %s"
    assert refused(delete, [given.pk]) == "award_stays"
    raw(take_back, [given.pk])
    assert refused(take_back, [given.pk]) == "award_stays"
    assert refused(give_again, [given.pk]) == "award_stays"
    assert refused(delete, [given.pk]) == "award_stays"
    drop_guard("award_guard")
    assert refused(delete, [given.pk]) == ""


def test_a_prize_is_given_once_at_a_time():
    competition = contest("closed", entries=2)
    given = AwardFactory(submission=competition.submissions.first())
    prize, other = competition.prizes.get(), competition.submissions.last()
    assert award(competition, prize, other) == "award_once_per_prize"
    raw("UPDATE submissions_award SET taken_back_at = now() WHERE id = %s", [given.pk])
    assert award(competition, prize, other) == ""


def test_an_entry_can_win_two_prizes():
    competition = contest("closed")
    second = PrizeFactory(competition=competition)
    entry = competition.submissions.get()
    AwardFactory(submission=entry, prize=competition.prizes.first())
    assert award(competition, second, entry) == ""


# --- what is declared for an upload


@pytest.mark.parametrize("values", [("length", "7", "8"), ("sha256", "'a'", "'b'")])
def test_what_is_declared_for_an_upload_is_not_replaced(values):
    entry = SubmissionFactory(state=S.RESERVED)
    Upload.objects.create(submission=entry)
    column, first, other = values
    statement = f"UPDATE submissions_upload SET {column} = {{}}"
    assert raw(statement.format(first)) == 1
    assert refused(statement.format(other)) == "upload_declared_once"
    assert refused(statement.format("NULL")) == ""
    drop_guard("upload_declared_once")
    assert refused(statement.format(other)) == ""


def test_what_is_declared_for_an_upload_stays_once_received():
    Upload.objects.create(submission=SubmissionFactory(state=S.RECEIVED), length=7)
    statement = "UPDATE submissions_upload SET {}"
    for change in ("length = NULL", "sha256 = 'a'"):
        assert refused(statement.format(change)) == "upload_declared_once"
    drop_guard("upload_declared_once")
    assert refused(statement.format("length = NULL")) == ""


def test_an_upload_begins_without_bytes():
    key = SubmissionFactory(state=S.RESERVED).pk
    sql = (
        "INSERT INTO submissions_upload"
        ' (name, part, "grant", submission_id, length, "offset", file_name)'
        " VALUES ('n', 'p', '', %s, 9, {}, '')"
    )
    assert refused(sql.format(1), [key]) == "upload_begins_empty"
    assert refused(sql.format(0), [key]) == ""
    drop_guard("upload_begins_empty")
    assert refused(sql.format(1), [key]) == ""


def test_the_row_of_an_upload_is_never_deleted():
    upload = Upload.objects.create(submission=SubmissionFactory())
    sql = "DELETE FROM submissions_upload WHERE id = %s"
    assert refused(sql, [upload.pk]) == "upload_stays"
    drop_guard("upload_stays")
    assert refused(sql, [upload.pk]) == ""
