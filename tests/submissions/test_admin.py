"""The moderators' desk: the queue, decisions one by one and in bulk, prizes."""

from __future__ import annotations

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.messages import get_messages
from django.db import transaction
from django.urls import reverse

from mycenas.accounts.models import Membership, Role
from mycenas.core.models import Mail
from mycenas.staff.letters import READ
from submissions.models import Award, Submission
from submissions.review.reasons.forms import OTHER
from submissions.review.reasons.queries import reasons_for
from submissions.states import SubmissionState as S
from tests.factories import (
    AwardFactory,
    CompetitionFactory,
    SubmissionFactory,
    contest,
    moderator_of,
    organizer_of,
    staff,
)
from tests.form_data import filled, said

pytestmark = pytest.mark.django_db

LIST = reverse("admin:submissions_submission_changelist")
AWARDS = reverse("admin:submissions_award_changelist")
VERBS = (
    "approve",
    "reject",
    "try-again",
    "reopen",
    "disqualify",
    "confirm-disqualification",
    "end-disqualification",
    "uphold-appeal",
    "dismiss-appeal",
)
REASON = {"code": OTHER, "note": "Blurred."}
TYPED = {"reason": "A reason.", "answer": "An answer.", "digest": "0" * 64, **REASON}
# The states in which people decide; `make soak` tries the others.
OFTEN = (S.PENDING, S.APPROVED, S.QUARANTINED, S.WITHDRAWN)
SOAK = (pytest.mark.trial, pytest.mark.soak)


def page(name, row, *more):
    return reverse(
        f"admin:submissions_{row._meta.model_name}_{name}", args=[row.pk, *more]
    )


def do(client, row, verb, **form):
    return said(client.post(page("do", row, verb), form, follow=True))


def states(*entries):
    return [Submission.objects.get(pk=entry.pk).state for entry in entries]


@pytest.fixture
def desk(signed_in):
    return lambda entry: signed_in(moderator_of(entry))


def test_the_queue_comes_first(desk):
    waiting = SubmissionFactory(state=S.PENDING, title="To review")
    SubmissionFactory(
        competition=waiting.competition, state=S.APPROVED, title="Accepted already"
    )
    client = desk(waiting)
    text = client.get(LIST).content.decode()
    assert "To review" in text
    assert "Accepted already" not in text
    text = client.get(f"{LIST}?queue=all").content.decode()
    assert "Accepted already" in text
    text = client.get(f"{LIST}?queue=approved").content.decode()
    assert "To review" not in text


def test_moderators_see_their_own_organizations_only(desk, signed_in):
    mine, other = SubmissionFactory(state=S.PENDING), SubmissionFactory(state=S.PENDING)
    client = desk(mine)
    assert other.title in client.get(page("change", mine)).content.decode()
    assert client.get(page("change", other)).status_code == 404
    for verb in ("approve", "reject", "reopen"):
        assert client.post(page("do", other, verb)).status_code == 404
    assert client.get(page("history", other)).status_code == 404
    client.post(LIST, {"action": "approve_selected", ACTION_CHECKBOX_NAME: other.pk})
    assert states(other) == [S.PENDING]
    juror = signed_in(staff(Role.JUROR, mine.competition.organization))
    assert juror.get(LIST).status_code == 404


def test_a_moderator_decides(desk):
    entry = SubmissionFactory(state=S.PENDING)
    client = desk(entry)
    assert "Done: Approve" in do(client, entry, "approve")
    assert "Done" in do(client, entry, "reopen", reason="Look again.")
    assert "Done" in do(client, entry, "reject", **REASON)
    assert states(entry) == [S.REJECTED]


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(state, marks=() if state in OFTEN else SOAK, id=state)
        for state in S
    ],
)
def test_no_verb_is_ever_an_error(desk, state):
    entry = SubmissionFactory(state=state)
    client = desk(entry)
    assert client.get(page("change", entry)).status_code == 200
    for verb in VERBS:
        with transaction.atomic():
            answer = client.post(page("do", entry, verb), TYPED)
            if answer.status_code == 200:
                # It was refused, and keeps what was typed.
                assert answer.context["form"].errors, verb
            else:
                assert answer.status_code == 302, verb
                assert get_messages(answer.wsgi_request), verb
            # The next verb finds the entry in its state again.
            transaction.set_rollback(True)


def test_every_verb_asks_first(desk):
    entry = SubmissionFactory()
    client = desk(entry)
    for verb in VERBS:
        assert client.get(page("do", entry, verb)).status_code == 200, verb


def test_a_decision_that_is_sent_twice_is_called_made(desk):
    entry = SubmissionFactory(state=S.PENDING)
    client = desk(entry)
    do(client, entry, "approve")
    assert "this is “accepted” already" in do(client, entry, "approve")


def test_a_verb_in_the_wrong_place_is_explained(desk):
    entry = SubmissionFactory(state=S.WITHDRAWN)
    assert "This cannot go from “withdrawn” to “accepted”." in do(
        desk(entry), entry, "approve"
    )


def test_an_entry_is_looked_at_and_never_edited(desk):
    entry = SubmissionFactory(state=S.PENDING)
    client = desk(entry)
    text = client.get(page("change", entry)).content.decode()
    assert entry.sha256 in text
    assert "1600 × 1200, image/jpeg" in text
    client.post(page("change", entry), {"title": "Mine now", "state": "approved"})
    after = Submission.objects.get(pk=entry.pk)
    assert (after.title, after.state) == (entry.title, S.PENDING)
    add = reverse("admin:submissions_submission_add")
    assert client.get(add).status_code == 404
    assert client.post(page("delete", entry), {"post": "yes"}).status_code == 404


def three_waiting():
    competition = CompetitionFactory(state="open")
    return [SubmissionFactory(competition=competition, state=S.PENDING) for _ in "abc"]


def bulk(client, action, entries, **form):
    chosen = {ACTION_CHECKBOX_NAME: [entry.pk for entry in entries]}
    return client.post(LIST, {"action": action, **chosen, **form}, follow=True)


def confirm(client, action, entries, **form):
    """Send the form, and again the page that shows the mails."""
    answer = bulk(client, action, entries, confirmed=action, **form)
    if "letters" not in answer.context or not answer.context["letters"]:
        return answer
    read = filled(answer)[READ]
    return bulk(client, action, entries, confirmed=action, **form, **{READ: read})


def test_many_are_approved_after_a_question(desk):
    entries = three_waiting()
    client = desk(entries[0])
    asked = bulk(client, "approve_selected", entries[:2]).content.decode()
    assert "Approve: 2 entries" in asked
    assert "2 entries are shown in the gallery." in asked
    assert "2 mails are sent." in asked
    assert entries[0].title in asked
    assert states(*entries) == [S.PENDING] * 3
    answer = confirm(client, "approve_selected", entries[:2])
    assert "Done: Approve, 2 of 2." in said(answer)
    assert states(*entries) == [S.APPROVED, S.APPROVED, S.PENDING]


def test_many_are_rejected_with_one_reason(desk):
    entries = three_waiting()
    client = desk(entries[0])
    asked = bulk(client, "reject_selected", entries, **REASON)
    assert "Each artist reads your reason." in asked.text
    assert states(*entries) == [S.PENDING] * 3
    without = confirm(client, "reject_selected", entries, code=OTHER, note=" ")
    assert "Write the reason here" in without.text
    answer = confirm(client, "reject_selected", entries, **REASON)
    assert "Done: Reject, 3 of 3." in said(answer)
    assert states(*entries) == [S.REJECTED] * 3
    assert set(Submission.objects.values_list("decision_reason")) == {("Blurred.",)}


def test_the_mails_are_shown_before_they_are_sent(desk):
    entries = three_waiting()
    client = desk(entries[0])
    reason = reasons_for(entries[0].competition)[0]
    form = {"code": reason.code, "note": "See rule 3."}
    asked = bulk(client, "reject_selected", entries)
    assert "Read the mails" in asked.text
    assert asked.context["letters"] is None
    sent = {"confirmed": "reject_selected", **form}
    shown = bulk(client, "reject_selected", entries, **sent)
    assert states(*entries) == [S.PENDING] * 3
    letters = shown.context["letters"].shared
    assert [one.recipients for one in letters] == [
        [str(e.participant)] for e in entries
    ]
    # Another note makes other mails, which are shown first.
    read = {READ: filled(shown)[READ]}
    other = {**sent, **read, "note": "See rule 4."}
    again = bulk(client, "reject_selected", entries, **other)
    assert "read these, then confirm" in said(again)
    assert states(*entries) == [S.PENDING] * 3
    bulk(client, "reject_selected", entries, **sent, **read)
    stored = Mail.objects.filter(not_before__isnull=False).order_by("pk")
    assert [(one.subject, one.body) for one in stored] == [one[1:] for one in letters]
    codes = Submission.objects.values_list("decision_code", "decision_reason")
    assert set(codes) == {(reason.code, f"{reason.text}\n\nSee rule 3.")}


def test_each_artist_reads_the_text_of_the_own_organization(desk, signed_in):
    entries = [SubmissionFactory(state=S.PENDING) for _ in "ab"]
    moderator = moderator_of(entries[0])
    Membership.objects.create(
        user=moderator,
        organization=entries[1].competition.organization,
        role=Role.MODERATOR,
    )
    theirs = entries[1].competition.organization.reasons.get(code="rules")
    theirs.texts.update(text="Our rules, page 2.")
    ours_only = entries[0].competition.organization.reasons.get(code="off-topic")
    entries[1].competition.organization.reasons.get(code="off-topic").delete()
    client = signed_in(moderator)
    asked = bulk(client, "reject_selected", entries).text
    assert 'value="rules"' in asked
    assert f'value="{ours_only.code}"' not in asked
    confirm(client, "reject_selected", entries, code="rules")
    reasons = [Submission.objects.get(pk=one.pk).decision_reason for one in entries]
    assert reasons == [
        "The work breaks a rule of the competition.",
        "Our rules, page 2.",
    ]


@pytest.mark.parametrize("count", [1, 4])
def test_a_confirmation_costs_the_same_for_more_entries(
    desk, count, django_assert_num_queries
):
    competition = CompetitionFactory(state="open")
    entries = SubmissionFactory.create_batch(
        count, competition=competition, state=S.PENDING
    )
    client = desk(entries[0])
    chosen = {ACTION_CHECKBOX_NAME: [entry.pk for entry in entries]}
    name = "reject_selected"
    form = {"action": name, "confirmed": name, **chosen, **REASON}
    client.get(LIST)
    with django_assert_num_queries(27):
        assert client.post(LIST, form).context["letters"].count == count


def test_one_that_cannot_be_decided_does_not_stop_the_others(desk):
    entries = three_waiting()
    client = desk(entries[0])
    entries[1].move(S.WITHDRAWN, withdrawn_at=entries[1].arrived_at)
    asked = bulk(client, "approve_selected", entries).content.decode()
    assert "Approve: 2 entries" in asked
    assert "This is not possible now; the state is “withdrawn”." in asked
    answer = confirm(client, "approve_selected", entries)
    assert "Done: Approve, 2 of 3." in said(answer)
    assert f"“{entries[1].title}”: This cannot go from" in said(answer)
    assert states(*entries) == [S.APPROVED, S.WITHDRAWN, S.APPROVED]


def test_nothing_is_deleted_in_bulk(desk):
    (entry, *_) = three_waiting()
    bulk(desk(entry), "delete_selected", [entry])
    assert Submission.objects.filter(pk=entry.pk).exists()


def test_history_has_no_secret_of_the_receipt(desk):
    entry = SubmissionFactory(state=S.APPROVED)
    text = desk(entry).get(page("history", entry)).content.decode()
    assert "accepted" in text
    assert entry.token not in text


# --- prizes


def test_organizers_give_prizes_on_the_desk(signed_in):
    entry = contest("closed").submissions.get()
    prize = entry.competition.prizes.get()
    client = signed_in(organizer_of(entry))
    assert prize.name in client.get(page("do", entry, "award")).content.decode()
    assert "Done" in do(client, entry, "award", prize=prize.pk, citation="Light.")
    award = Award.objects.get()
    assert (award.prize, award.submission, award.citation) == (prize, entry, "Light.")
    assert client.get(AWARDS).status_code == 200
    assert "Done" in do(client, award, "take-back", reason="Given twice.")
    award.refresh_from_db()
    assert award.taken_back_at is not None
    assert "Somebody else" in do(client, award, "take-back", reason="Again.")


def test_moderators_are_told_that_prizes_are_not_theirs(desk):
    entry = contest("closed").submissions.get()
    prize = entry.competition.prizes.get()
    client = desk(entry)
    assert "Only an organizer" in do(client, entry, "award", prize=prize.pk)
    assert client.get(AWARDS).status_code == 404


def test_a_prize_given_already_is_not_offered(signed_in):
    entry = contest("closed").submissions.get()
    award = AwardFactory(submission=entry)
    client = signed_in(organizer_of(entry))
    answer = client.post(page("do", entry, "award"), {"prize": award.prize_id})
    assert answer.status_code == 200
    assert Award.objects.count() == 1


def test_awards_are_neither_added_nor_deleted_by_hand(signed_in):
    award = AwardFactory(submission=contest("closed").submissions.get())
    client = signed_in(organizer_of(award.submission))
    assert client.get(reverse("admin:submissions_award_add")).status_code == 404
    assert client.post(page("delete", award), {"post": "yes"}).status_code == 404
    assert client.get(page("change", award)).status_code == 200
