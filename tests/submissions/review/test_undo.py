"""A decision can be undone for ten seconds; until then only moderators see it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail as mailbox
from django.db import transaction
from django.urls import reverse

from mycenas.core.audit.actor import acting
from mycenas.core.http.errors import ProblemError, constraint_of
from mycenas.core.models import Mail
from mycenas.core.queue.mail import send_waiting
from submissions.models import Submission
from submissions.receipts import workflow as receipts
from submissions.review import workflow
from submissions.review.claims.models import Claim
from submissions.states import SubmissionState as S
from tests.database.tools import drop_guard, one, raw, refusal, refused
from tests.factories import SubmissionFactory, disqualify, moderator_of
from tests.races.tools import crowd, outcome

UNDO, SOON = timedelta(seconds=10), timedelta(seconds=1)
DECIDE = {
    S.APPROVED: lambda entry, by: workflow.approve(entry, by=by),
    S.REJECTED: lambda entry, by: workflow.reject(entry, reason="Blurred.", by=by),
}


def in_review():
    """An entry, and a moderator who acts."""
    entry = SubmissionFactory(state=S.PENDING)
    send_waiting()
    return entry, moderator_of(entry)


def by(person):
    return acting(lambda: (person.pk, "test"))


def ten_seconds_later(entry):
    """End the time for undoing, as only the clock does otherwise."""
    for name in ("submission_decision_stays", "submission_settled", "mail_stays"):
        drop_guard(name)
    now = one("SELECT clock_timestamp()")
    raw("UPDATE submissions_submission SET undo_until = %s", [now])
    raw("UPDATE core_mail SET not_before = %s WHERE not_before IS NOT NULL", [now])
    entry.refresh_from_db()


@pytest.mark.django_db
@pytest.mark.parametrize("state", DECIDE)
def test_who_decided_undoes_it_and_no_mail_leaves(state):
    entry, moderator = in_review()
    with by(moderator):
        DECIDE[state](entry, moderator)
        mail = Mail.objects.get(about=entry.pk, not_before__isnull=False)
        assert mail.not_before == entry.undo_until
        assert abs(entry.undo_until - entry.decided_at - UNDO) < SOON
        assert send_waiting() == 0
        workflow.undo(entry, by=moderator)
    entry.refresh_from_db()
    assert (entry.state, entry.decided_at, entry.undo_until) == (S.PENDING, None, None)
    assert entry.decision_reason == ""
    assert not Mail.objects.filter(pk=mail.pk).exists()
    assert Claim.objects.get(submission=entry).moderator == moderator


@pytest.mark.django_db
def test_after_ten_seconds_it_is_neither_undone_nor_its_mail_recalled():
    entry, moderator = in_review()
    with by(moderator):
        workflow.approve(entry, by=moderator)
        ten_seconds_later(entry)
        with refusal("submission_undone_in_time"):
            workflow.undo(entry, by=moderator)
    assert refused("DELETE FROM core_mail WHERE about = %s", [entry.pk]) == (
        "mail_is_recalled"
    )
    assert send_waiting() == 1
    # With a reason it is reopened at any time.
    workflow.reopen(entry, reason="Look again.", by=moderator)


END = {
    "withdrawn": lambda entry, by: receipts.withdraw(entry, by=entry.participant),
    "reopened": lambda entry, by: workflow.reopen(entry, reason="Look again.", by=by),
    "disqualified": lambda entry, by: disqualify(entry),
}


@pytest.mark.django_db
@pytest.mark.parametrize("end", END)
def test_a_decision_that_ends_before_the_mail_run_is_not_reported(end):
    entry, moderator = in_review()
    workflow.approve(entry, by=moderator)
    mail = Mail.objects.get(about=entry.pk, not_before__isnull=False)
    ten_seconds_later(entry)
    END[end](entry, moderator)
    assert not Mail.objects.filter(pk=mail.pk).exists()
    send_waiting()
    assert not any("accepted" in sent.subject for sent in mailbox.outbox)


@pytest.mark.django_db
def test_a_decision_that_sql_takes_off_is_not_reported():
    entry, moderator = in_review()
    workflow.approve(entry, by=moderator)
    ten_seconds_later(entry)
    raw(
        "UPDATE submissions_submission SET state = 'withdrawn', undo_until = NULL,"
        f" withdrawn_at = clock_timestamp() WHERE id = {entry.pk}"
    )
    before = len(mailbox.outbox)
    assert send_waiting() == 0
    assert len(mailbox.outbox) == before
    assert not Mail.objects.filter(about=entry.pk, sent_at=None).exists()


@pytest.mark.django_db
def test_only_who_decided_undoes_it():
    entry, moderator = in_review()
    workflow.approve(entry, by=moderator)
    other = moderator_of(entry)
    with by(other), refusal("submission_undone_by_decider"):
        workflow.undo(entry, by=other)
    # SQL by hand names no one.
    with refusal("submission_undone_by_decider"):
        workflow.undo(entry, by=moderator)


@pytest.mark.django_db
def test_a_final_decision_has_no_undo_and_no_statement_gives_it_one():
    entry, moderator = in_review()
    workflow.approve(entry, by=moderator, is_final=True)
    assert entry.undo_until is None
    later = "UPDATE submissions_submission SET undo_until = '2199-01-01' WHERE id = %s"
    assert refused(later, [entry.pk]) == "submission_decision_stays"
    with by(moderator), refusal("submission_undone_in_time"):
        workflow.undo(entry, by=moderator)
    disqualify(entry)
    entry.refresh_from_db()
    assert entry.undo_until is None


@pytest.mark.django_db
def test_a_reopened_entry_has_no_mail_of_the_decision():
    entry, moderator = in_review()
    workflow.reject(entry, reason="Blurred.", by=moderator)
    workflow.reopen(entry, reason="Look again.", by=moderator)
    assert send_waiting() == 0
    assert not Mail.objects.recallable(entry.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_is_being_sent_prevents_it():
    """A sender holds the mail's lock while it talks to the server."""
    entry, moderator = in_review()
    with by(moderator):
        workflow.approve(entry, by=moderator)

    def undo():
        with by(moderator):
            workflow.undo(Submission.objects.get(pk=entry.pk), by=moderator)

    with crowd() as people:
        with transaction.atomic():
            Mail.objects.recallable(entry.pk).select_for_update().get()
            refused_at = outcome(people.start(undo))
        assert constraint_of(refused_at) == "submission_undone_without_mail"
        assert outcome(people.start(undo)) is None


@pytest.mark.django_db
def test_meanwhile_the_public_and_the_artist_see_an_entry_in_review(client, signed_in):
    entry, moderator = in_review()
    workflow.approve(entry, by=moderator)
    slug = entry.competition.slug
    page = reverse("submissions:entry", args=[entry.public_id])
    gallery = reverse("submissions:gallery", args=[slug])
    books = reverse("submissions:books", args=[slug])
    picture = reverse("submissions:rendition", args=[entry.public_id, 320])
    artist = signed_in(entry.participant)
    json = {"headers": {"Accept": "application/json"}}

    def seen():
        receipt = artist.get(entry.receipt_url, **json).json()
        ledger = client.get(books, **json).json()
        return (
            client.get(page).status_code,
            page in client.get(gallery).text,
            client.get(picture).status_code,
            receipt["state"],
            (ledger["approved"], ledger["in_work"], ledger["balanced"]),
            'data-state="approved"' in client.get(books).text,
            'data-state="approved"' in artist.get(reverse("submissions:mine")).text,
        )

    assert seen() == (404, False, 404, "pending", (0, 1, True), False, False)
    ten_seconds_later(entry)
    # The factory makes no files of pictures, so the picture itself stays away.
    assert seen() == (200, True, 404, "approved", (1, 0, True), True, True)


@pytest.mark.django_db
@pytest.mark.parametrize("state", DECIDE)
def test_meanwhile_withdrawing_says_the_same_for_each_decision(state, signed_in):
    entry, moderator = in_review()
    DECIDE[state](entry, moderator)
    artist = signed_in(entry.participant)
    address = reverse("submissions:withdraw", args=[entry.token])
    answer = artist.post(address)
    sentence = "A moderator works on this entry just now. Try again in ten seconds."
    assert (answer.status_code, sentence in answer.text) == (409, True)
    assert 0 < int(answer["Retry-After"]) <= 10
    assert entry.get_state_display() not in answer.text
    entry.refresh_from_db()
    assert entry.state == state
    assert Mail.objects.recallable(entry.pk).count() == 1
    ten_seconds_later(entry)
    assert artist.post(address).status_code == (302 if state == S.APPROVED else 409)


@pytest.mark.django_db
@pytest.mark.parametrize("state", DECIDE)
def test_undoing_restores_the_reason_of_a_reopening(state, signed_in):
    entry, moderator = in_review()
    artist = signed_in(entry.participant)

    def reason_read():
        json = {"headers": {"Accept": "application/json"}}
        return artist.get(entry.receipt_url, **json).json()["reason"]

    with by(moderator):
        workflow.approve(entry, by=moderator, is_final=True)
        workflow.reopen(entry, reason="Look again.", by=moderator)
        DECIDE[state](entry, moderator)
        assert reason_read() == "Look again."
        workflow.undo(entry, by=moderator)
        assert reason_read() == "Look again."
        # The rules of undoing hold here as well.
        DECIDE[state](entry, moderator)
        with pytest.raises(ProblemError, match="Only the person who decided"):
            workflow.undo(entry, by=moderator_of(entry))
        ten_seconds_later(entry)
        with pytest.raises(ProblemError, match="which are over"):
            workflow.undo(entry, by=moderator)


@pytest.mark.django_db
def test_the_decision_is_shown_on_the_desk_at_once_with_its_undo(signed_in):
    entry, moderator = in_review()
    desk = signed_in(moderator)
    address = reverse("admin:submissions_submission_do", args=[entry.pk, "approve"])
    desk.post(address)
    change = reverse("admin:submissions_submission_change", args=[entry.pk])
    undo = reverse("admin:submissions_submission_do", args=[entry.pk, "undo"])
    assert undo in desk.get(change).text
    assert undo not in signed_in(moderator_of(entry)).get(change).text
    assert "Done: Undo" in desk.post(undo, follow=True).text
    entry.refresh_from_db()
    assert entry.state == S.PENDING


@pytest.mark.django_db
def test_an_entry_in_review_has_nothing_to_undo():
    entry, moderator = in_review()
    with pytest.raises(ProblemError):
        workflow.undo(entry, by=moderator)
