"""An artist appeals against a rejection, and another person decides."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.urls import reverse

from competitions import workflow as competing
from mycenas.core.http.errors import NotAllowed, ProblemError
from mycenas.core.models import Mail
from submissions.models import Submission
from submissions.review import workflow as review
from submissions.review.appeals import views, workflow
from submissions.review.appeals.models import Appeal
from submissions.review.appeals.states import AppealState
from submissions.states import SubmissionState as S
from tests.database.tools import drop_guard, raw, refusal, refused
from tests.factories import (
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    moderator_of,
    organizer_of,
    walk_competition,
)

pytestmark = pytest.mark.django_db

LIST = reverse("admin:submissions_submission_changelist")
TEXT = "The rules allow charcoal."


def rejected(state="open"):
    """A rejected entry, whose rejection by an organizer can no longer be undone."""
    competition = CompetitionFactory(state="open")
    entry = SubmissionFactory(competition=competition, state=S.REJECTED)
    walk_competition(competition, state)
    return Submission.objects.get(pk=entry.pk)


def appealed(state="open"):
    entry = rejected(state)
    return entry, workflow.make(entry, text=TEXT, by=entry.participant)


def receipt_page(name, entry):
    return reverse(f"submissions:{name}", args=[entry.token])


def page(name, entry, *more):
    return reverse(f"admin:submissions_submission_{name}", args=[entry.pk, *more])


def do(client, entry, verb, **form):
    # Each request has a transaction of its own, and so its own actor.
    connection.run_on_commit.clear()
    answer = client.post(page("do", entry, verb), form, follow=True)
    return " ".join(str(one) for one in answer.context["messages"])


def state_of(entry):
    return Submission.objects.get(pk=entry.pk).state


def test_an_artist_appeals_on_the_receipt_and_reads_both_texts(signed_in):
    entry = rejected()
    artist = signed_in(entry.participant)
    address = receipt_page("appeal", entry)
    assert address in artist.get(receipt_page("receipt", entry)).text
    assert "Blurred." in artist.get(address).text
    again = artist.post(address, {"text": " "})
    assert again.status_code == 200
    assert "required" in again.text
    for _ in range(2):
        answer = artist.post(address, {"text": TEXT}, follow=True)
        assert TEXT in answer.text
        assert address not in answer.text
    assert Appeal.objects.count() == 1
    second = moderator_of(entry)
    mails = Mail.objects.filter(to=entry.participant.email)
    before = mails.count()
    desk = signed_in(second)
    assert TEXT in desk.get(page("do", entry, "uphold-appeal")).text
    assert "Done" in do(desk, entry, "uphold-appeal", answer="You are right.")
    assert state_of(entry) == S.PENDING
    assert mails.count() == before + 1
    body = mails.latest("pk").body
    assert TEXT in body
    assert "You are right." in body
    text = artist.get(receipt_page("receipt", entry)).text
    assert TEXT in text
    assert "You are right." in text
    history = desk.get(page("history", entry)).text
    assert TEXT in history
    assert "You are right." in history


def test_a_dismissed_appeal_leaves_the_rejection(signed_in):
    entry, _ = appealed()
    desk = signed_in(moderator_of(entry))
    assert "Done" in do(desk, entry, "dismiss-appeal", answer="It is still blurred.")
    assert state_of(entry) == S.REJECTED
    assert Appeal.objects.get().state == AppealState.DISMISSED
    text = signed_in(entry.participant).get(receipt_page("receipt", entry)).text
    assert "It is still blurred." in text
    assert receipt_page("appeal", entry) not in text
    raw("SELECT set_config('mycenas.actor', '', true)")
    with refusal("appeal_once_per_rejection"):
        workflow.make(entry, text="Again.", by=entry.participant)


def test_a_new_rejection_can_be_appealed_against_again():
    entry, _ = appealed()
    other = moderator_of(entry)
    workflow.uphold(entry, answer="Yes.", by=other)
    entry.refresh_from_db()
    review.reject(entry, reason="Off topic.", by=other, is_final=True)
    entry.refresh_from_db()
    second = workflow.make(entry, text="Still not.", by=entry.participant)
    second.refresh_from_db()
    assert (second.rejection, second.rejected_by) == ("Off topic.", other)


def test_whoever_rejected_does_not_decide(signed_in):
    entry, appeal = appealed()
    first = entry.decided_by
    text = signed_in(first).get(page("change", entry)).text
    assert "Another organizer or moderator has to decide on the" in text
    assert page("do", entry, "uphold-appeal") not in text
    for decide in (workflow.uphold, workflow.dismiss):
        with pytest.raises(ProblemError, match="You rejected this entry"):
            decide(entry, answer="No.", by=first)
    sql = (
        "UPDATE appeals_appeal SET state = 'dismissed', answer = 'no',"
        " decided_at = now(), decided_by_id = %s WHERE id = %s"
    )
    assert refused(sql, [first.pk, appeal.pk]) == "appeal_decided_by_another"
    artist = entry.participant
    assert refused(sql, [artist.pk, appeal.pk]) == "submission_decided_by_another"
    assert refused(sql, [moderator_of(entry).pk, appeal.pk]) == ""


def test_only_moderators_of_the_competition_decide_with_an_answer():
    entry, _ = appealed()
    for person in (UserFactory(), entry.participant):
        with pytest.raises(NotAllowed):
            workflow.dismiss(entry, answer="No.", by=person)
    other = moderator_of(entry)
    with pytest.raises(ProblemError, match="Answer the appeal"):
        workflow.dismiss(entry, answer=" ", by=other)
    workflow.dismiss(entry, answer="No.", by=other)
    with pytest.raises(ProblemError, match="has no open appeal"):
        workflow.uphold(entry, answer="Yes.", by=other)


def test_only_the_artist_appeals(signed_in):
    entry = rejected()
    with pytest.raises(NotAllowed, match="Only the artist"):
        workflow.make(entry, text=TEXT, by=organizer_of(entry))
    address = receipt_page("appeal", entry)
    for person in (UserFactory(), organizer_of(entry)):
        assert signed_in(person).get(address).status_code == 404
    raw("SELECT set_config('mycenas.actor', %s, true)", [str(UserFactory().pk)])
    with refusal("appeal_by_the_artist"):
        Appeal.objects.create(submission=entry, text=TEXT)


@pytest.mark.parametrize("state", [S.PENDING, S.APPROVED, S.WITHDRAWN])
def test_only_rejections_are_appealed_against(signed_in, state):
    entry = SubmissionFactory(state=state)
    with refusal("appeal_of_rejected_entry"):
        workflow.make(entry, text=TEXT, by=entry.participant)
    answer = signed_in(entry.participant).get(receipt_page("appeal", entry))
    assert answer.status_code == 302


def test_no_appeal_while_the_rejection_can_be_undone():
    entry = SubmissionFactory(state=S.PENDING)
    review.reject(entry, reason="Blurred.", by=organizer_of(entry))
    with refusal("appeal_of_rejected_entry"):
        workflow.make(entry, text=TEXT, by=entry.participant)


def test_no_appeal_once_the_competition_is_closed_or_cancelled(signed_in):
    closed, cancelled = rejected("closed"), rejected()
    by = organizer_of(cancelled)
    competing.cancel(cancelled.competition, reason="Storm.", by=by)
    for entry in (closed, cancelled):
        page = signed_in(entry.participant).get(receipt_page("receipt", entry))
        assert receipt_page("appeal", entry) not in page.text
        with refusal("appeal_of_rejected_entry"):
            workflow.make(entry, text=TEXT, by=entry.participant)


def test_an_open_appeal_keeps_the_competition_from_closing(signed_in):
    entry, _ = appealed("moderation")
    by, competition = organizer_of(entry), entry.competition
    index = signed_in(by).get(reverse("admin:index")).text
    assert "1 appeal waits for a decision." in index
    # Another person than the one who rejected it decides.
    assert "appeal to decide" not in index
    assert "appeal to decide" in signed_in(moderator_of(entry)).get("/admin/").text
    listed = signed_in(by).get(LIST, {"queue": "appealed"}).text
    assert page("change", entry) in listed
    with refusal("competition_appeals_decided"):
        competing.close(competition, by=by)
    workflow.dismiss(entry, answer="No.", by=moderator_of(entry))
    competing.close(competition, by=by)


@pytest.mark.parametrize("text", ["", " ", "\u200b\u00a0", "\t\ufeff"])
def test_a_text_that_shows_nothing_is_none(text):
    entry = rejected()
    with refusal("appeal_has_text"):
        Appeal.objects.create(submission=entry, text=text)
    appeal = workflow.make(entry, text=TEXT, by=entry.participant)
    sql = (
        "UPDATE appeals_appeal SET state = 'dismissed', decided_at = now(),"
        f" answer = %s, decided_by_id = {moderator_of(entry).pk} WHERE id = %s"
    )
    assert refused(sql, [text, appeal.pk]) == "appeal_answered"
    assert refused(sql, ["No.", appeal.pk]) == ""


def test_an_appeal_comes_before_reopening():
    entry, _ = appealed()
    reopen = (
        "UPDATE submissions_submission SET state = 'pending', decided_at = NULL,"
        " decided_by_id = NULL WHERE id = %s"
    )
    assert refused(reopen, [entry.pk]) == "submission_appeal_comes_first"
    with refusal("submission_appeal_comes_first"):
        review.reopen(entry, reason="Look again.", by=organizer_of(entry))
    drop_guard("submission_appeal_comes_first")
    assert refused(reopen, [entry.pk]) == ""


def test_an_appeal_is_upheld_only_with_its_entry():
    entry, appeal = appealed()
    uphold = (
        "UPDATE appeals_appeal SET state = 'upheld', answer = 'Yes.',"
        f" decided_at = now(), decided_by_id = {moderator_of(entry).pk}"
        f" WHERE id = {appeal.pk}"
    )
    assert refused(uphold) == "appeal_upheld_reopens"
    entry.refresh_from_db()
    assert entry.state == S.REJECTED
    drop_guard("appeal_upheld_reopens")
    assert refused(uphold) == ""


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("text = 'Another.'", "appeal_facts_stay"),
        ("rejected_by_id = NULL", "appeal_facts_stay"),
        ("made_at = now()", "appeal_facts_stay"),
        ("answer = 'no'", "appeal_decision_stays"),
        ("state = 'lost'", "appeal_moves"),
    ],
)
def test_both_texts_stay(change, rule):
    _, appeal = appealed()
    assert refused(f"UPDATE appeals_appeal SET {change} WHERE id = {appeal.pk}") == rule
    sql = f"DELETE FROM appeals_appeal WHERE id = {appeal.pk}"
    assert refused(sql) == "appeal_stays"


def test_a_file_that_was_held_cannot_be_reviewed_after_its_rejection(signed_in):
    entry = SubmissionFactory(state=S.QUARANTINED)
    moderator = moderator_of(entry)
    review.reject(entry, reason="It is no picture.", by=moderator)
    assert entry.undo_until is None
    client = signed_in(entry.participant)
    assert receipt_page("appeal", entry) not in client.get(entry.receipt_url).text
    with refusal("appeal_of_rejected_entry"):
        workflow.make(entry, text=TEXT, by=entry.participant)
    with pytest.raises(ProblemError) as caught:
        review.reopen(entry, reason="Look again.", by=moderator)
    assert caught.value.code == "submission_processed_whole"
    staff_page = signed_in(moderator).get(page("change", entry)).text
    assert not {"Undo", "Reopen"} & set(re.findall(r">\s*(\w+)\s*<", staff_page))


def test_those_who_may_decide_get_mail_and_nobody_else():
    entry = rejected()
    rejecter, second = organizer_of(entry), moderator_of(entry)
    assert entry.decided_by == rejecter
    before = Mail.objects.count()
    workflow.make(entry, text=TEXT, by=entry.participant)
    (mail,) = Mail.objects.order_by("pk")[before:]
    assert mail.to == second.email
    assert mail.subject.startswith("To decide: an appeal for “Dusk”")
    assert TEXT in mail.body
    assert page("do", entry, "uphold-appeal") in mail.body


@pytest.mark.parametrize("is_late", [False, True])
def test_an_appeal_that_comes_too_late_stays_to_be_read(
    is_late, signed_in, monkeypatch
):
    """Before the form is answered, or while it is: the competition closes."""
    entry = rejected("moderation")
    artist, address = signed_in(entry.participant), receipt_page("appeal", entry)
    assert artist.get(address).status_code == 200
    walk_competition(entry.competition, "closed")
    if is_late:
        monkeypatch.setattr(views, "can_appeal", lambda entry: True)
    answer = artist.post(address, {"text": TEXT})
    assert answer.status_code == 409
    assert TEXT in answer.text
    assert "Your words are not saved" in answer.text
    assert not Appeal.objects.exists()
