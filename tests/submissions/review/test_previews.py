"""The page of each act on an entry shows the mail that the act sends."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.urls import reverse

from mycenas.core.models import Mail
from mycenas.staff.letters import UNWRITTEN
from submissions.access import deciders
from submissions.models import Submission
from submissions.review import workflow as review
from submissions.review.appeals import workflow as appeals
from submissions.review.disqualification import workflow as disqualification
from submissions.review.permits import workflow as permits
from submissions.review.reasons.forms import OTHER
from submissions.states import SubmissionState as S
from submissions.verbs import ENTRY_VERBS
from tests.factories import (
    AwardFactory,
    CompetitionFactory,
    SubmissionFactory,
    contest,
    moderator_of,
    organizer_of,
)
from tests.form_data import filled, said

pytestmark = pytest.mark.django_db

TYPED = "Light and shadow."
FORM = {"code": OTHER, "note": TYPED, "reason": TYPED, "answer": TYPED}
# A changed version is taken until a moment that the act's own clock names.
MOMENT = re.compile(r"\d\d:\d\d(:\d\d)?")


def entry_in(state, **fields):
    competition = CompetitionFactory(state="open", **fields)
    return SubmissionFactory(competition=competition, state=state)


def approved_by(person, entry):
    review.approve(entry, by=person)


def appealed(person, entry):
    appeals.make(entry, text="The rules allow it.", by=entry.participant)


def proposed(person, entry):
    by = moderator_of(entry)
    disqualification.propose(entry, reason="Copied.", by=by)


def requested(person, entry):
    permits.request_changes(entry, reason="Crop it.", days=3, by=person)


# The state before the act, and what comes before it.
BEFORE = {
    "approve": (S.PENDING, None),
    "reject": (S.PENDING, None),
    "undo": (S.PENDING, approved_by),
    "try-again": (S.QUARANTINED, None),
    "reopen": (S.APPROVED, None),
    "request-changes": (S.PENDING, None),
    "withdraw-request": (S.PENDING, requested),
    "uphold-appeal": (S.REJECTED, appealed),
    "dismiss-appeal": (S.REJECTED, appealed),
    "disqualify": (S.APPROVED, None),
    "confirm-disqualification": (S.APPROVED, proposed),
    "end-disqualification": (S.APPROVED, proposed),
}
# To the people who decide, not to the artist.
TO_DECIDERS = "disqualify"


def page(entry, verb):
    return reverse("admin:submissions_submission_do", args=[entry.pk, verb])


def prepared(verb, **fields):
    """An entry of which a moderator and another one do ``verb``."""
    state, before = BEFORE[verb]
    entry = entry_in(state, **fields)
    person = moderator_of(entry)
    moderator_of(entry)
    if before:
        before(person, entry)
    # Each request has a transaction of its own, and so its own actor.
    connection.run_on_commit.clear()
    return Submission.objects.get(pk=entry.pk), person


def without_moment(text):
    return MOMENT.sub("", text)


@pytest.mark.parametrize("verb", BEFORE)
def test_the_page_shows_the_mail_that_is_sent(signed_in, verb):
    entry, person = prepared(verb)
    client = signed_in(person)
    last = Mail.objects.latest("pk").pk
    asked = client.get(page(entry, verb))
    shown = [
        (who, one.subject, one.body.replace(str(UNWRITTEN), TYPED))
        for one in asked.context["letters"].shared
        for who in one.recipients
    ]
    form = {**filled(asked), **FORM}
    assert "Done" in said(client.post(page(entry, verb), form, follow=True))
    names = {
        person.email: str(person)
        for person in (*deciders(entry, but=None), entry.participant)
    }
    sent = [
        (names[one.to], one.subject, one.body)
        for one in Mail.objects.filter(pk__gt=last).order_by("pk")
    ]
    assert list(map(str, map(without_moment, map(str, shown)))) == [
        without_moment(str(one)) for one in sent
    ]
    for _who, subject, _body in shown:
        assert subject in asked.text
    assert ("No mail is sent" in asked.text) == (not sent)


@pytest.mark.parametrize("verb", BEFORE)
def test_the_mail_of_a_blind_competition_is_shown_without_the_artist(signed_in, verb):
    entry, person = prepared(verb, blind=True)
    asked = signed_in(person).get(page(entry, verb))
    artist = entry.participant
    assert asked.context["letters"].shared or "No mail is sent" in asked.text
    assert str(artist) not in asked.text
    assert artist.email not in asked.text


def test_who_gets_no_mail_does_not_say_who_the_artist_is(signed_in):
    """A moderator may enter too, and is not asked to confirm on the own entry."""
    entry, person = prepared(TO_DECIDERS, blind=True)
    others = deciders(entry, but=person)
    asked = signed_in(person).get(page(entry, TO_DECIDERS))
    (letter,) = asked.context["letters"].shared
    assert letter.recipients == ["the other organizers and moderators"]
    assert "1 mail" not in asked.text
    assert [one for one in others if str(one) in asked.text] == []


def test_every_act_says_which_mail_it_sends(signed_in):
    assert [verb.name for verb in ENTRY_VERBS if not verb.mails] == []
    closed = {"award", "allow-unranked", "confirm-unranked", "end-unranked"}
    assert {verb.name for verb in ENTRY_VERBS} == {*BEFORE, *closed}
    entry = contest("closed").submissions.get()
    client = signed_in(organizer_of(entry))
    award = AwardFactory(submission=entry)
    take_back = reverse("admin:submissions_award_do", args=[award.pk, "take-back"])
    for address in (page(entry, "award"), take_back):
        asked = client.get(address)
        if not asked.context.get("is_refused"):
            assert "No mail is sent" in asked.text
