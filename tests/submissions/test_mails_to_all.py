"""Everybody who entered reads of the announcement, or of the cancellation, once."""

from __future__ import annotations

import pytest
from django.core import mail as sent
from django.db import transaction
from django.urls import reverse

from competitions import signals, workflow
from competitions.models import Competition
from competitions.states import CompetitionState as C
from mycenas.core.models import Mail
from mycenas.core.queue.mail import send_one
from submissions.mails import ANNOUNCED, CANCELLED
from tests.factories import (
    AwardFactory,
    CompetitionFactory,
    SubmissionFactory,
    organizer_of,
    walk_competition,
)

pytestmark = pytest.mark.django_db


def mails(template):
    return Mail.objects.filter(template=template)


def delivered(template):
    """The mails of the template as they are sent, by recipient."""
    sent.outbox.clear()
    rows = list(mails(template))
    assert all(send_one(row.pk) for row in rows)
    found = {one.to[0]: one for one in sent.outbox}
    assert len(found) == len(rows)
    return found


@pytest.fixture
def decided():
    """A closed competition: one prize, one entry without, one person with two."""
    competition = CompetitionFactory(state=C.OPEN)
    winner, other = (
        SubmissionFactory(competition=competition, state="approved") for _ in range(2)
    )
    second = SubmissionFactory(
        competition=competition, participant=other.participant, state="rejected"
    )
    walk_competition(competition, C.CLOSED)
    AwardFactory(submission=winner)
    return competition, winner, other, second


def test_the_announcement_is_mailed_once_to_each_person(decided):
    competition, winner, other, second = decided
    workflow.announce_winners(competition, by=organizer_of(competition))
    found = delivered(ANNOUNCED)
    assert set(found) == {winner.participant.email, other.participant.email}
    won, lost = found[winner.participant.email], found[other.participant.email]
    award = winner.awards.get()
    assert won.subject == f"You won a prize in {competition.title}"
    assert f"“{winner.title}” won: {award.prize}.\n{award.citation}\n" in won.body
    assert lost.subject == f"The winners of {competition.title}"
    assert f"“{other.title}”\n“{second.title}”\n" in lost.body
    assert "won no prize" in lost.body
    assert reverse("competitions:detail", args=[competition.slug]) in lost.body


def test_people_who_left_the_competition_get_no_mail(decided):
    competition, winner, other, _second = decided
    other.participant.is_active = False
    other.participant.save()
    workflow.announce_winners(competition, by=organizer_of(competition))
    assert mails(ANNOUNCED).get().to == winner.participant.email


def test_the_cancellation_is_mailed_to_those_who_take_part():
    competition = CompetitionFactory(state="open", contact="desk@example.org")
    reserved, _gone = (
        SubmissionFactory(competition=competition, state=state)
        for state in ("reserved", "withdrawn")
    )
    workflow.cancel(competition, reason="Flood.", by=organizer_of(competition))
    found = delivered(CANCELLED)
    assert set(found) == {reserved.participant.email}
    letter = found[reserved.participant.email]
    assert letter.subject == f"Cancelled: {competition.title}"
    assert "Flood." in letter.body
    assert letter.reply_to == ["desk@example.org"]


def test_the_step_and_its_mails_are_one_transaction(decided):
    def broken(**_):
        raise RuntimeError("no mail")

    competition, *_ = decided
    signals.winners_announced.connect(broken)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            workflow.announce_winners(competition, by=organizer_of(competition))
    finally:
        signals.winners_announced.disconnect(broken)
    assert Competition.objects.get(pk=competition.pk).state == C.CLOSED
    assert not mails(ANNOUNCED).exists()
