"""A moderator requests changes, and the artist replaces the entry once."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from mycenas.core import signing
from mycenas.core.http.errors import ProblemError
from mycenas.core.models import AuditEntry, Mail
from mycenas.storage import store
from submissions.gallery.ledger import ledger_of
from submissions.intake import workflow as intake
from submissions.models import Submission
from submissions.receipts.statement import verify
from submissions.receipts.workflow import receipt_of, withdraw
from submissions.review import workflow as review
from submissions.review.claims import workflow as claims
from submissions.review.permits import workflow
from submissions.review.permits.models import Permit
from submissions.review.permits.states import PermitState
from submissions.states import SubmissionState as S
from tests.database.tools import drop_guard, raw, refusal, refused
from tests.factories import (
    JPEG_HEAD,
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    moderator_of,
    organizer_of,
    staged,
    walk_competition,
    words,
)
from tests.staff.test_dashboard import QUEUE, points, work

pytestmark = pytest.mark.django_db

LIST = reverse("admin:submissions_submission_changelist")
WISH = "Crop the frame."
JSON = {"Accept": "application/json"}


def in_review(state="open", **fields):
    """An entry in review of a competition in ``state``."""
    competition = CompetitionFactory(state="open", **fields)
    entry = SubmissionFactory(competition=competition, state=S.PENDING)
    walk_competition(competition, state)
    return Submission.objects.get(pk=entry.pk)


def requested(entry, **said):
    wish = {"reason": WISH, "days": 7, "by": moderator_of(entry), **said}
    return workflow.request_changes(entry, **wish)


def reserve(entry, **said):
    """The artist's reservation of a changed version."""
    said.setdefault("replaces", entry)
    return intake.reserve(entry.competition, words(**said), by=entry.participant)


def receive(ticket, data=None):
    intake.receive(ticket, staged(data), name="dusk.jpg", files=store())
    return ticket


def let_end(permit):
    """Let the time of a permit be over, which only the clock can do otherwise."""
    drop_guard("permit_facts_stay")
    raw(
        "UPDATE permits_permit SET requested_at = now() - interval '2 days',"
        " expires_at = clock_timestamp() WHERE id = %s",
        [permit.pk],
    )


def let_pass(ticket):
    """Let the upload window of a reservation be over."""
    drop_guard("submission_facts_stay")
    raw(
        "UPDATE submissions_submission SET upload_until = arrived_at WHERE id = %s",
        [ticket.pk],
    )


def state_of(row):
    return type(row).objects.get(pk=row.pk).state


def last_move(entry):
    """Old and new state, and the reason, as the journal has them."""
    lines = AuditEntry.objects.filter(
        table_name="submissions_submission",
        row_id=entry.pk,
        changes__has_key="state",
    )
    line = lines.latest("pk")
    return (*line.changes["state"], line.reason)


def page(name, entry, *more):
    return reverse(f"admin:submissions_submission_{name}", args=[entry.pk, *more])


def do(client, entry, verb, **form):
    # Each request has a transaction of its own, and so its own actor.
    connection.run_on_commit.clear()
    answer = client.post(page("do", entry, verb), form, follow=True)
    return " ".join(str(one) for one in answer.context["messages"])


def test_a_changed_version_takes_the_place_of_the_entry_after_the_deadline():
    entry = in_review("moderation", max_entries=1)
    before = Submission.objects.filter(pk=entry.pk).values().get()
    permit = requested(entry)
    assert Submission.objects.filter(pk=entry.pk).values().get() == before
    ticket = reserve(entry)
    assert ticket.arrived_at > entry.competition.closes_at
    assert (state_of(entry), state_of(permit)) == (S.PENDING, PermitState.OPEN)
    receive(ticket)
    assert (state_of(ticket), state_of(entry)) == (S.RECEIVED, S.WITHDRAWN)
    permit.refresh_from_db()
    assert (permit.state, permit.ended_by) == (PermitState.USED, None)
    books = ledger_of(entry.competition)
    assert (books["received"], books["withdrawn"], books["in_work"]) == (2, 1, 1)
    assert books["balanced"]
    assert last_move(entry) == ("pending", "withdrawn", "replaced")
    assert last_move(ticket) == ("reserved", "received", "")
    of_permit = AuditEntry.objects.filter(table_name="permits_permit")
    assert [line.operation for line in of_permit] == ["INSERT", "UPDATE"]


def test_both_receipts_stay_valid():
    entry = in_review()
    first = receipt_of(entry)
    requested(entry)
    ticket = receive(reserve(entry))
    entry.refresh_from_db()
    ticket.refresh_from_db()
    for row, text in ((entry, first), (ticket, receipt_of(ticket))):
        assert receipt_of(row) == text
        said = verify(text, signing.published_keys())
        assert (said.entry, said.sha256) == (row.public_id, row.sha256)
        assert said.arrived_at == row.arrived_at


def test_a_permit_is_used_once():
    entry = in_review("moderation")
    requested(entry)
    receive(reserve(entry))
    for replaced in (entry, Submission.objects.latest("pk")):
        with refusal("submission_replaces_by_permit"):
            reserve(replaced)


def test_two_forms_at_once_continue_one_reservation():
    entry = in_review("moderation")
    requested(entry)
    first = reserve(entry)
    assert reserve(entry, title="Dawn").pk == first.pk
    with refusal("submission_replaced_once"):
        Submission.objects.create(
            competition=entry.competition,
            participant=entry.participant,
            title="Night",
            idempotency_key=secrets.token_hex(16),
            upload_until=entry.upload_until,
            replaces=entry,
        )


def test_an_ordinary_form_continues_no_changed_version():
    entry = in_review(max_entries=1)
    requested(entry)
    reserve(entry)
    with refusal("submission_within_limit"):
        reserve(entry, replaces=None)


def test_a_changed_version_and_its_entry_take_one_place():
    entry = in_review(max_entries=2)
    requested(entry)
    ticket = reserve(entry)
    second = reserve(entry, replaces=None)
    assert second.pk != ticket.pk
    receive(second)
    receive(ticket)
    with refusal("submission_within_limit"):
        reserve(entry, replaces=None)


def test_withdrawing_the_entry_gives_no_second_place():
    entry = in_review(max_entries=1)
    requested(entry)
    ticket = reserve(entry)
    withdraw(entry, by=entry.participant)
    with refusal("submission_within_limit"):
        reserve(entry, replaces=None)
    receive(ticket)
    assert last_move(entry) == ("pending", "withdrawn", "")


def test_the_same_file_may_come_with_other_words():
    entry = in_review()
    data = JPEG_HEAD + secrets.token_bytes(16)
    other = receive(reserve(entry, replaces=None), data)
    again = reserve(entry, replaces=None, sha256=None)
    with pytest.raises(ProblemError) as caught:
        receive(again, data)
    assert caught.value.code == "entered_before"
    mine = SubmissionFactory(
        competition=entry.competition,
        participant=UserFactory(),
        state=S.PENDING,
        data=data,
    )
    requested(mine)
    declared = Submission.objects.get(pk=mine.pk).sha256
    receive(reserve(mine, sha256=declared), data)
    assert (state_of(mine), state_of(other)) == (S.WITHDRAWN, S.RECEIVED)


def test_a_third_entry_with_the_same_file_is_still_refused():
    entry = in_review()
    data = JPEG_HEAD + secrets.token_bytes(16)
    third = receive(reserve(entry, replaces=None), data)
    requested(entry)
    with pytest.raises(ProblemError) as caught:
        receive(reserve(entry), data)
    assert caught.value.code == "entered_before"
    assert caught.value.members["token"] == third.token
    assert state_of(entry) == S.PENDING


def test_the_permit_ends_and_the_reservation_keeps_its_window():
    entry = in_review("moderation")
    permit = requested(entry)
    ticket = reserve(entry)
    let_end(permit)
    assert workflow.expire_due() == 0
    by = organizer_of(entry)
    with refusal("submission_changes_requested"):
        review.approve(entry, by=by)
    receive(ticket)
    assert (state_of(entry), state_of(permit)) == (S.WITHDRAWN, PermitState.USED)


def test_after_its_end_a_permit_lets_nothing_in_and_the_entry_is_decided():
    entry = in_review("moderation")
    permit = requested(entry)
    let_end(permit)
    with refusal("submission_replaces_by_permit"):
        reserve(entry)
    assert workflow.expire_due() == 1
    assert state_of(permit) == PermitState.EXPIRED
    review.approve(entry, by=organizer_of(entry))


def test_an_expired_permit_makes_room_for_another_one():
    entry = in_review()
    permit = requested(entry)
    let_end(permit)
    requested(entry)
    assert state_of(permit) == PermitState.EXPIRED
    reserve(entry)


def test_a_reservation_without_a_file_leaves_the_permit():
    entry = in_review("moderation")
    permit = requested(entry)
    ticket = reserve(entry)
    withdraw(ticket, by=entry.participant)
    assert state_of(permit) == PermitState.OPEN
    receive(reserve(entry))
    assert state_of(permit) == PermitState.USED


def test_a_file_after_its_window_replaces_nothing():
    entry = in_review("moderation")
    permit = requested(entry)
    ticket = reserve(entry)
    let_pass(ticket)
    with refusal("submission_upload_in_time"):
        receive(ticket)
    workflow.withdraw_request(entry, by=moderator_of(entry))
    assert state_of(permit) == PermitState.WITHDRAWN
    assert state_of(entry) == S.PENDING


def test_the_artist_of_a_version_that_did_not_come_may_send_it_again(monkeypatch):
    monkeypatch.setattr(intake, "EXPIRY_GRACE", timedelta(0))
    entry = in_review("moderation")
    requested(entry)
    let_pass(reserve(entry))
    assert intake.expire_reservations() == 1
    body = Mail.objects.latest("pk").body
    assert f"{form_of(entry)}\n" in body
    assert f"“{entry.title}”, which it was to replace, stays as it is." in body


def test_a_request_is_withdrawn_only_while_no_version_is_coming():
    entry = in_review("moderation")
    permit = requested(entry)
    ticket = reserve(entry)
    by = moderator_of(entry)
    with refusal("permit_in_use"):
        workflow.withdraw_request(entry, by=by)
    withdraw(ticket, by=entry.participant)
    workflow.withdraw_request(entry, by=by)
    assert (state_of(permit), permit.submission.state) == ("withdrawn", S.PENDING)
    with refusal("submission_replaces_by_permit"):
        reserve(entry)
    with pytest.raises(ProblemError, match="No changes of this entry"):
        workflow.withdraw_request(entry, by=by)
    review.reject(entry, reason="Blurred.", by=by)


def test_an_entry_is_decided_only_after_the_request():
    entry = in_review()
    requested(entry)
    by = moderator_of(entry)
    for decide in (review.approve, lambda e, by: review.reject(e, reason="No.", by=by)):
        with refusal("submission_changes_requested"):
            decide(entry, by=by)
    sql = (
        "UPDATE submissions_submission SET state = 'approved', decided_at = now(),"
        f" decided_by_id = {by.pk} WHERE id = %s"
    )
    assert refused(sql, [entry.pk]) == "submission_changes_requested"
    drop_guard("submission_changes_requested")
    assert refused(sql, [entry.pk]) == ""


def form_of(entry):
    return f"/competitions/{entry.competition.slug}/enter/?replaces={entry.token}"


def test_a_moderator_requests_changes_in_the_admin(signed_in):
    entry = in_review("moderation")
    moderator = signed_in(moderator_of(entry))
    mails = Mail.objects.filter(to=entry.participant.email)
    assert (
        page("do", entry, "request-changes")
        in moderator.get(page("change", entry)).text
    )
    asked = moderator.get(page("do", entry, "request-changes"))
    assert 'value="7"' in asked.text
    assert "Done" in do(moderator, entry, "request-changes", reason=WISH, days=3)
    body = mails.latest("pk").body
    assert WISH in body
    assert form_of(entry) in body
    assert WISH in moderator.get(page("change", entry)).text
    assert "Done" in do(moderator, entry, "withdraw-request")
    assert "withdrew their request" in mails.latest("pk").body
    history = moderator.get(page("history", entry)).text
    assert WISH in history


def test_the_artist_reads_what_to_change_and_until_when(signed_in):
    entry = in_review("moderation")
    requested(entry)
    artist, form = signed_in(entry.participant), form_of(entry)
    for address in (entry.receipt_url, reverse("submissions:mine")):
        text = artist.get(address).text
        assert WISH in text
        assert form in text
    shown = artist.get(form).text
    assert WISH in shown
    assert f'name="replaces" value="{entry.token}"' in shown
    assert f'value="{entry.title}"' in shown
    facts = artist.get(entry.receipt_url, headers=JSON).json()
    assert facts["changes"]["reason"] == WISH
    assert facts["replaces"] is None
    stranger = signed_in(UserFactory())
    assert WISH not in stranger.get(entry.receipt_url).text
    assert "changes" not in stranger.get(entry.receipt_url, headers=JSON).json()
    workflow.withdraw_request(entry, by=moderator_of(entry))
    assert WISH not in artist.get(entry.receipt_url).text
    assert "No changed version" in artist.get(form).text


def test_receipts_name_the_other_version_to_the_artist_alone(signed_in):
    entry = in_review()
    requested(entry)
    ticket = receive(reserve(entry))
    artist, stranger = signed_in(entry.participant), signed_in(UserFactory())
    assert "has taken the place of this entry" in artist.get(entry.receipt_url).text
    assert ticket.receipt_url in artist.get(entry.receipt_url).text
    assert entry.receipt_url in artist.get(ticket.receipt_url).text
    facts = artist.get(ticket.receipt_url, headers=JSON).json()
    assert facts["replaces"] == entry.public_id
    assert ticket.receipt_url not in stranger.get(entry.receipt_url).text
    assert entry.receipt_url not in stranger.get(ticket.receipt_url).text


def test_the_queue_asks_for_changes_and_leaves_the_entry_out(signed_in):
    entry = in_review()
    other = SubmissionFactory(competition=entry.competition, state=S.PENDING)
    moderator = moderator_of(entry)
    client = signed_in(moderator)
    assert "Request changes" in client.get(page("review", entry)).text
    again = client.post(page("review", entry), {"act": "request", "days": 3})
    assert "required" in again.text
    connection.run_on_commit.clear()
    said = {"act": "request", "reason": WISH, "days": 3}
    answer = client.post(page("review", entry), said)
    assert answer["Location"].startswith(page("review", other))
    assert Permit.objects.get().requested_by == moderator
    grid = client.get(reverse("admin:submissions_submission_queue")).text
    assert page("review", other) in grid
    assert page("review", entry) not in grid
    shown = client.get(page("review", entry)).text
    assert WISH in shown
    assert page("do", entry, "withdraw-request") in shown
    assert 'value="approve"' not in shown
    assert not claims.claim(entry, by=moderator)
    assert claims.claim_next([(entry.competition_id, 0)], by=moderator) == other.pk
    for query, shown in (({"queue": "changes"}, entry), ({}, other)):
        listed = client.get(LIST, query).text
        assert page("change", shown) in listed
        hidden = other if shown == entry else entry
        assert page("change", hidden) not in listed


def test_the_first_page_counts_it_apart(signed_in):
    entry = in_review("moderation")
    requested(entry)
    client = signed_in(organizer_of(entry))
    assert work(client)[QUEUE].value == "0"
    (point,) = points(client, entry.competition)
    assert str(point.sentence) == "1 entry waits for a changed version of its artist."
    assert point.blocks
    assert page("change", entry) in client.get(point.address).text
