"""A button that is offered can work: PostgreSQL and the workflow let it pass."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from competitions import workflow as competing
from competitions.models import Competition, Prize
from competitions.states import CompetitionState as C
from mycenas.core.audit.actor import acting
from mycenas.core.http.errors import ProblemError
from submissions.intake import workflow as intake
from submissions.models import Award, Submission
from submissions.review import workflow as review
from submissions.review.appeals import workflow as appeals
from submissions.review.claims import workflow as claims
from submissions.review.disqualification import workflow as disqualification
from submissions.review.disqualification.verbs import proposal_of
from submissions.review.permits import workflow as permits
from submissions.states import SubmissionState as S
from tests.factories import (
    CompetitionFactory,
    PrizeFactory,
    SubmissionFactory,
    moderator_of,
    organizer_of,
    walk_competition,
    words,
)

pytestmark = pytest.mark.django_db

LIST = reverse("admin:submissions_submission_changelist")
DECIDED = (S.APPROVED, S.REJECTED, S.DISQUALIFIED, S.WITHDRAWN, S.EXPIRED)


def competition_with(state):
    """Entries in all states that a competition in this state may have."""
    competition = CompetitionFactory(state=C.OPEN, max_entries=9)
    left = (*DECIDED, S.PENDING, S.QUARANTINED, S.RECEIVED)
    for one in left if state in (C.OPEN, C.MODERATION) else DECIDED:
        SubmissionFactory(competition=competition, state=one)
    # With what waits for a second person, if it may.
    by = organizer_of(competition)
    proposed = SubmissionFactory(competition=competition, state=S.APPROVED)
    disqualification.propose(proposed, reason="Copied.", by=by)
    if state in (C.OPEN, C.MODERATION):
        rejected = SubmissionFactory(competition=competition, state=S.REJECTED)
        appeals.make(rejected, text="Charcoal.", by=rejected.participant)
        asked = SubmissionFactory(competition=competition, state=S.PENDING)
        permits.request_changes(asked, reason="Crop it.", days=3, by=by)
        held = SubmissionFactory(competition=competition, state=S.PENDING)
        claims.claim(held, by=moderator_of(competition))
        undoable = SubmissionFactory(competition=competition, state=S.PENDING)
        review.approve(undoable, by=by)
    if state in (C.CLOSED, C.WINNER_ANNOUNCED):
        walk_competition(competition, C.CLOSED)
        PrizeFactory(competition=competition, name="Second")
        entry = competition.submissions.filter(state=S.APPROVED).first()
        prize = competition.prizes.first()
        review.give_award(prize, entry, by=by)
    walk_competition(competition, state)
    return competition


def words_for(verb: Any, obj: Any) -> dict[str, Any]:
    """What a person types into the form of the verb."""
    text = "Looked at once more."
    found: dict[str, Any] = dict.fromkeys(
        ("reason", "note", "answer", "citation"), text
    )
    found |= {"code": "-", "days": 3}
    if verb.name == "award":
        found["prize"] = (
            Prize.objects.filter(competition=obj.competition_id).latest("pk").pk
        )
    if verb.name == "confirm-disqualification":
        found["digest"] = getattr(proposal_of(obj), "digest", "")
    return found


def offered(model, obj, person):
    desk: Any = admin.site.get_model_admin(model)
    verbs = desk.verbs
    return [v for v in verbs if v.offered(obj) and not v.barred(obj, person)]


def refusal_of(verb, obj, person):
    form = verb.form(words_for(verb, obj), **verb.extra_for(obj))
    assert form.is_valid() or not form.fields, (verb.name, form.errors)
    # Each request has a transaction of its own, and so its own actor.
    connection.run_on_commit.clear()
    try:
        with acting(lambda: (person.pk, "test")), transaction.atomic():
            verb.act(obj, person, getattr(form, "cleaned_data", {}))
            transaction.set_rollback(True)
    except (ProblemError, IntegrityError) as error:
        return f"{verb.name}: {error}"
    return ""


@pytest.mark.parametrize(
    ("state", "is_cancelled"),
    # An announced competition is not cancelled any more.
    [
        *product((C.OPEN, C.MODERATION, C.CLOSED), (False, True)),
        (C.WINNER_ANNOUNCED, False),
    ],
)
def test_what_is_offered_for_entries_and_prizes_passes(state, is_cancelled):
    competition = competition_with(state)
    people = (organizer_of(competition), moderator_of(competition))
    if is_cancelled:
        competing.cancel(competition, reason="Storm.", by=people[0])
    tried = set()
    for person in people:
        for model, key in ((Submission, "competition"), (Award, "competition")):
            if model is Award and person != people[0]:
                continue
            keys = model.objects.filter(**{key: competition}).values_list("pk")
            for (pk,) in keys:
                read = model.objects.select_related("competition").get
                for verb in offered(model, read(pk=pk), person):
                    assert refusal_of(verb, read(pk=pk), person) == "", (pk, person)
                    tried.add(verb.name)
    assert ("award" in tried) is (state == C.CLOSED and not is_cancelled)


def page(entry, verb=""):
    name = "do" if verb else "change"
    keys = [entry.pk, verb] if verb else [entry.pk]
    return reverse(f"admin:submissions_submission_{name}", args=keys)


def waiting_entry(how):
    """An entry in review that waits for its artist or for another moderator."""
    entry = SubmissionFactory(
        competition=CompetitionFactory(state=C.OPEN, max_entries=9), state=S.PENDING
    )
    by = moderator_of(entry)
    if how == "claimed":
        assert claims.claim(entry, by=by)
        return entry, f"{by} is deciding on this entry."
    permits.request_changes(entry, reason="Crop it.", days=3, by=by)
    if how == "sending":
        intake.reserve(entry.competition, words(replaces=entry), by=entry.participant)
    return entry, "Changes of this entry are requested"


@pytest.mark.parametrize("how", ["asked", "sending", "claimed"])
def test_a_decision_that_waits_is_not_offered_and_says_why(signed_in, how):
    entry, why = waiting_entry(how)
    client = signed_in(organizer_of(entry))
    shown = client.get(page(entry)).text
    assert why in shown
    for verb in ("approve", "reject"):
        assert page(entry, verb) not in shown
        asked = client.get(page(entry, verb)).text
        assert why in asked
        assert 'type="submit" class' not in asked
    form = {"action": "approve_selected", ACTION_CHECKBOX_NAME: entry.pk}
    listed = client.post(f"{LIST}?queue=all", form).text
    assert why in listed
    assert "None of the chosen rows can be changed" in listed
    withdraw = page(entry, "withdraw-request")
    assert (withdraw in shown) is (how == "asked")
    assert ("The artist is sending a changed version." in shown) is (how == "sending")
    assert (page(entry, "request-changes") in shown) is False


def test_words_of_a_decision_that_waits_meanwhile_stay_on_the_page(signed_in):
    entry, why = waiting_entry("claimed")
    form = {"code": "-", "note": "Two people are blurred."}
    answer = signed_in(organizer_of(entry)).post(page(entry, "reject"), form)
    assert why in answer.text
    assert "Your words are not saved" in answer.text
    assert answer.text.count("Two people are blurred.") == 1


def boxes_of(verb, obj):
    """The fields of the verb's form that take text."""
    form = verb.form(**verb.extra_for(obj))
    fields = [f for f in form.visible_fields() if isinstance(f.field, forms.CharField)]
    return [field.html_name for field in fields if field.name != "slug"]


MADE: dict[Any, Any] = {
    Submission: [(SubmissionFactory, s) for s in (S.PENDING, S.APPROVED, S.REJECTED)],
    Competition: [(CompetitionFactory, state) for state in (C.DRAFT, C.OPEN)],
}


@pytest.mark.parametrize("model", MADE)
def test_words_of_an_impossible_step_stay_on_its_page(signed_in, model):
    desk: Any = admin.site.get_model_admin(model)
    typed, tried = "Typed meanwhile.", set()
    for make, state in MADE[model]:
        obj = make(state=state)
        person = organizer_of(obj)
        client = signed_in(person)
        for verb in desk.verbs:
            boxes = boxes_of(verb, obj)
            if not boxes or not verb.why_not(obj, person):
                continue
            connection.run_on_commit.clear()
            form = dict.fromkeys(boxes, typed) | {"code": "-", "days": 3}
            answer = client.post(desk.do_address(obj, verb.name), form)
            assert answer.status_code == 200, verb.name
            assert typed in answer.text, verb.name
            assert "is not possible now" in answer.text or verb.barred(obj, person)
            tried.add(verb.name)
    assert len(tried) >= (6 if model is Submission else 2), tried


def test_moderation_is_begun_by_hand_only_after_the_deadline():
    soon = CompetitionFactory(state=C.OPEN)
    person = organizer_of(soon)
    names = {verb.name for verb in offered(Competition, soon, person)}
    assert "begin-moderation" not in names
    soon.closes_at = timezone.now() - timedelta(minutes=1)
    names = {verb.name for verb in offered(Competition, soon, person)}
    assert "begin-moderation" in names
