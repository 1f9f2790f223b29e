"""Mail is a row first and leaves after the commit, at most once at a time."""

from __future__ import annotations

import pytest
from django.core import mail as outbox
from django.db import transaction

from mycenas.celery import app
from mycenas.core.models import Mail
from mycenas.core.queue.mail import absolute, send_one, send_waiting
from tests.database.tools import refused
from tests.races.tools import crowd, outcome

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def a_mail(**fields) -> Mail:
    return Mail.objects.create(
        **{"to": "ada@example.org", "subject": "Hello", "body": "Light.", **fields}
    )


@pytest.fixture
def no_server(settings, free_port):
    """Nobody answers where mail should go."""
    settings.EMAIL_BACKEND = SMTP
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port


@pytest.mark.django_db
def test_what_waits_goes_out_once():
    row = a_mail()
    assert send_waiting() == 1
    assert send_waiting() == 0
    row.refresh_from_db()
    assert row.sent_at is not None
    assert [(m.to, m.subject, m.body) for m in outbox.outbox] == [
        (["ada@example.org"], "Hello", "Light.")
    ]


@pytest.mark.django_db
def test_answers_go_to_an_address_that_stays():
    row = a_mail(reply_to="hello@example.org")
    change = "UPDATE core_mail SET reply_to = 'eve@example.org' WHERE id = %s"
    assert refused(change, [row.pk]) == "mail_stays"
    send_waiting()
    assert outbox.outbox[0].reply_to == ["hello@example.org"]


@pytest.mark.django_db
def test_a_failure_is_tried_again_and_given_up_some_day(no_server):
    row = a_mail()
    for attempt in range(1, Mail.ATTEMPTS + 1):
        assert send_waiting() == 0
        row.refresh_from_db()
        assert (row.attempts, row.sent_at) == (attempt, None)
    assert not Mail.objects.waiting().exists()


@pytest.mark.django_db(transaction=True)
def test_two_senders_send_one_message_once():
    row = a_mail()
    with crowd() as people, transaction.atomic():
        Mail.objects.select_for_update().get(pk=row.pk)
        assert outcome(people.start(lambda: send_one(row.pk))) is False
    assert send_one(row.pk) is True
    assert len(outbox.outbox) == 1


@pytest.mark.django_db
def test_the_worker_sends_what_waits():
    a_mail()
    app.tasks["core.send_mail"]()
    assert len(outbox.outbox) == 1


def test_addresses_in_mails_are_complete(settings):
    settings.BASE_URL = "https://art.example/"
    assert absolute("competitions:detail", "light") == (
        "https://art.example/competitions/light/"
    )
    assert absolute("competitions:home") == "https://art.example/"
