"""Mails to artists that were stored without their entry get its key."""

from __future__ import annotations

from importlib import import_module

import pytest

from mycenas.core.models import Mail
from mycenas.staff.outbox import outbox_for
from submissions.mails import mail_to_artist
from submissions.states import SubmissionState as S
from tests.database.tools import raw, refused
from tests.factories import CompetitionFactory, SubmissionFactory, UserFactory

pytestmark = pytest.mark.django_db

FILL = import_module("submissions.migrations.0036_mails_of_entries").FORWARD


@pytest.fixture
def entry():
    return SubmissionFactory(
        competition=CompetitionFactory(state="open", blind=True), state=S.PENDING
    )


def stored(entry, to, text="{}"):
    """A mail about the entry as it was stored without the key."""
    subject, body = mail_to_artist(entry, "rejected")
    return Mail.objects.create(to=to, subject=subject, body=text.format(body))


def test_a_mail_gets_the_entry_of_its_receipt(entry):
    email = entry.participant.email
    other = SubmissionFactory(state=S.PENDING)
    plain = stored(entry, email)
    moved = stored(entry, "earlier@example.org")
    quoting = stored(entry, email, f"{{}} and https://x/receipts/{other.token}/")
    alone = Mail.objects.create(to=email, subject="Your code", body="/receipts/none/")
    known = Mail.objects.filter(about__isnull=False).count()
    raw(FILL)
    rows = (plain, moved, quoting, alone)
    for mail in rows:
        mail.refresh_from_db()
    assert [mail.about for mail in rows] == [entry.pk, entry.pk, entry.pk, None]
    assert Mail.objects.filter(about__isnull=False).count() == known + 3
    # The outbox hides their recipients, and the guard holds again.
    shown = outbox_for(UserFactory(is_superuser=True)).in_bulk()
    assert [shown[mail.pk].recipient for mail in rows] == ["", "", "", email]
    assert refused("UPDATE core_mail SET about = NULL WHERE about > 0") == "mail_stays"
