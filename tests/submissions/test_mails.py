"""Mails to artists: answers go to the contact address of the competition."""

from __future__ import annotations

import pytest
from django.core import mail as outbox

from mycenas.core.models import Mail
from mycenas.core.queue.mail import send_waiting
from submissions.states import SubmissionState as S
from tests.factories import CompetitionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

CONTACT = "hello@example.org"


@pytest.mark.parametrize(("contact", "answers"), [(CONTACT, [CONTACT]), ("", [])])
def test_answers_go_to_the_contact_address(contact, answers):
    competition = CompetitionFactory(state="open", contact=contact)
    SubmissionFactory(competition=competition, state=S.APPROVED)
    SubmissionFactory(competition=competition, state=S.QUARANTINED)
    send_waiting()
    # Two acknowledgments, rendered when they are sent; a decision and a fault.
    assert len(outbox.outbox) == 4
    assert all(mail.reply_to == answers for mail in outbox.outbox)


@pytest.mark.parametrize("state", [S.REJECTED, S.DISQUALIFIED, S.QUARANTINED])
@pytest.mark.parametrize("contact", [CONTACT, ""])
def test_bad_news_names_the_contact_of_the_competition(state, contact):
    competition = CompetitionFactory(state="open", contact=contact)
    entry = SubmissionFactory(competition=competition, state=state)
    mail = Mail.objects.filter(about=entry.pk).latest("pk")
    assert (CONTACT in mail.body) is bool(contact)
    assert ("contact of the competition" in mail.body) is bool(contact)
    assert ("you can appeal" in mail.body) is (state == S.REJECTED)
