"""What PostgreSQL refuses of requests for changes and of changed versions."""

from __future__ import annotations

import pytest

from competitions import workflow as competing
from mycenas.core.http.errors import NotAllowed, ProblemError
from submissions.intake import workflow as intake
from submissions.receipts.workflow import withdraw
from submissions.review.claims import workflow as claims
from submissions.review.permits import workflow
from submissions.review.permits.models import Permit
from submissions.states import SubmissionState as S
from tests.database.tools import drop_guard, one, raw, refusal, refused
from tests.factories import (
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    moderator_of,
    organizer_of,
    words,
)
from tests.submissions.review.test_permits import (
    WISH,
    in_review,
    receive,
    requested,
    reserve,
    state_of,
)

pytestmark = pytest.mark.django_db


def act_as(person):
    raw("SELECT set_config('mycenas.actor', %s, true)", [str(person.pk)])


@pytest.mark.parametrize(
    "state", [S.RECEIVED, S.QUARANTINED, S.APPROVED, S.REJECTED, S.WITHDRAWN]
)
def test_changes_are_requested_only_of_entries_in_review(state):
    entry = SubmissionFactory(state=state)
    with refusal("permit_of_entry_in_review"):
        requested(entry)


def test_no_permit_for_entries_of_others_or_of_other_competitions():
    entry = in_review("moderation")
    requested(entry)
    other = CompetitionFactory(
        state="open", organization=entry.competition.organization
    )
    for place, person in (
        (entry.competition, UserFactory()),
        (other, entry.participant),
    ):
        with refusal("submission_replaces_by_permit"):
            intake.reserve(place, words(replaces=entry), by=person)


def test_no_one_requests_changes_of_the_own_entry():
    entry = in_review()
    competition = entry.competition
    artist = moderator_of(competition)
    own = SubmissionFactory(
        competition=competition, participant=artist, state=S.PENDING
    )
    with pytest.raises(NotAllowed):
        requested(own, by=artist)
    sql = (
        "INSERT INTO permits_permit (submission_id, reason, state, requested_by_id,"
        " expires_at) VALUES (%s, 'Mine.', 'open', %s, now() + interval '1 day')"
    )
    assert refused(sql, [own.pk, artist.pk]) == "submission_decided_by_another"
    permit = requested(own, by=organizer_of(own))
    with pytest.raises(NotAllowed):
        workflow.withdraw_request(own, by=artist)
    end = (
        "UPDATE permits_permit SET state = 'withdrawn', ended_at = now(),"
        " ended_by_id = %s WHERE id = %s"
    )
    assert refused(end, [artist.pk, permit.pk]) == "submission_decided_by_another"
    act_as(organizer_of(own))
    assert refused(end, [moderator_of(own).pk, permit.pk]) == "permit_by_its_person"
    assert refused(sql, [own.pk, moderator_of(own).pk]) == "permit_by_its_person"


def test_only_moderators_request_changes_and_say_which():
    entry = in_review()
    with pytest.raises(NotAllowed):
        requested(entry, by=UserFactory())
    with pytest.raises(ProblemError, match="Say what to change"):
        requested(entry, reason=" ")
    for days in (0, 31):
        with pytest.raises(ProblemError, match="at most 30 days"):
            requested(entry, days=days)
    requested(entry)
    with refusal("permit_alone"):
        requested(entry)


def test_another_moderator_at_work_is_not_disturbed():
    entry = in_review()
    first, second = moderator_of(entry), moderator_of(entry)
    assert claims.claim(entry, by=first)
    raw("SELECT set_config('mycenas.actor', '', true)")
    with refusal("submission_claimed_by_another"):
        requested(entry, by=second)
    requested(entry, by=first)
    assert claims.held_by_others([entry.pk], by=second) == {}


def test_a_cancelled_or_closed_competition_takes_no_changed_version():
    entry = in_review()
    requested(entry)
    competing.cancel(entry.competition, reason="Storm.", by=organizer_of(entry))
    with refusal("submission_competition_takes_entries"):
        reserve(entry)
    late = in_review()
    competing.cancel(late.competition, reason="Storm.", by=organizer_of(late))
    with refusal("permit_of_entry_in_review"):
        Permit.objects.create(
            submission=late,
            reason=WISH,
            requested_by=moderator_of(late),
            expires_at=late.upload_until + 3 * (late.upload_until - late.arrived_at),
        )


def test_a_competition_with_a_version_on_its_way_does_not_close():
    entry = in_review("moderation")
    requested(entry)
    reserve(entry)
    withdraw(entry, by=entry.participant)
    with refusal("competition_all_decided"):
        competing.close(entry.competition, by=organizer_of(entry))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("reason = 'Another.'", "permit_facts_stay"),
        ("expires_at = expires_at + interval '1 day'", "permit_facts_stay"),
        ("ended_at = now()", "permit_end_stays"),
        ("state = 'lost'", "permit_moves"),
        ("state = 'used', ended_at = now()", "permit_used_with_file"),
        ("state = 'expired', ended_at = now()", "permit_not_over"),
        ("state = 'withdrawn', ended_at = now()", "permit_ended_tied"),
    ],
)
def test_sql_by_hand_changes_no_permit(change, rule):
    permit = requested(in_review())
    assert refused(f"UPDATE permits_permit SET {change}") == rule
    sql = f"DELETE FROM permits_permit WHERE id = {permit.pk}"
    assert refused(sql) == "permit_stays"


def test_sql_by_hand_replaces_nothing_without_a_permit():
    entry = in_review("moderation")
    other = SubmissionFactory(state=S.RESERVED, participant=entry.participant)
    sql = "UPDATE submissions_submission SET replaces_id = %s WHERE id = %s"
    assert refused(sql, [entry.pk, other.pk]) == "submission_facts_stay"
    insert = (
        "INSERT INTO submissions_submission (token, public_id, competition_id,"
        " participant_id, title, description, alt_text, idempotency_key, state,"
        " entered_again, upload_until, replaces_id, original_name, attempt, strikes,"
        " lease_owner, fault_code, fault, media_type, decision_reason)"
        " VALUES ('t', 'p', %s, %s, 'Dusk', '', '', 'key', 'reserved', false, now(),"
        " %s, '', 0, 0, '', '', '', '', '')"
    )
    values = [entry.competition_id, entry.participant_id, entry.pk]
    assert refused(insert, values) == "submission_replaces_by_permit"
    requested(entry)
    assert refused(insert, values) == ""
    lasting = (
        "INSERT INTO permits_permit (submission_id, reason, state, requested_by_id,"
        " expires_at) VALUES (%s, 'x', 'open', %s, now() + interval '31 days')"
    )
    late = in_review()
    assert refused(lasting, [late.pk, moderator_of(late).pk]) == "permit_lasts_days"


def test_without_the_permits_guard_sql_would_replace():
    entry = in_review("moderation")
    requested(entry)
    ticket = reserve(entry)
    drop_guard("submission_replaces")
    receive(ticket)
    assert (state_of(entry), one("SELECT state FROM permits_permit")) == (
        S.PENDING,
        "open",
    )
