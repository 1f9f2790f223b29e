"""Mail is a row first and leaves after the commit, at most once at a time."""

from __future__ import annotations

import pytest
from django.core import mail as outbox
from django.db import transaction

from mycenas.celery import app
from mycenas.core.models import Mail
from mycenas.core.queue import mail as sending
from mycenas.core.queue.mail import absolute, send_one, send_waiting, write_worded
from tests.database.tools import alter, drop_guard, refused
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


def unmade():
    """Mails that cannot be made, for one reason each."""
    for name in ("mail_headers_in_one_line", "mail_has_one_address"):
        alter(f"ALTER TABLE core_mail DROP CONSTRAINT {name}")
    for name in ("mail_has_known_template", "mail_to_its_artist"):
        drop_guard(name)
    return [
        a_mail(subject="x\r\nBcc: eve@example.org"),
        a_mail(to="ada@example.org\r\nBcc: eve@example.org"),
        a_mail(template="nonsense", subject="", body=""),
        a_mail(template="submissions/received", about=4711, subject="", body=""),
    ]


@pytest.mark.django_db
def test_a_mail_that_cannot_be_made_is_counted_and_those_behind_it_go(caplog):
    broken, whole = unmade(), a_mail()
    assert send_waiting() == 1
    whole.refresh_from_db()
    assert whole.sent_at is not None
    for row in broken:
        row.refresh_from_db()
        assert (row.attempts, row.sent_at) == (1, None)
        assert f"Mail {row.pk} was not sent" in caplog.text
    for _attempt in range(1, Mail.ATTEMPTS):
        assert send_waiting() == 0
    assert not Mail.objects.waiting().exists()
    assert len(outbox.outbox) == 1


@pytest.mark.django_db
def test_many_that_fail_wait_behind_those_that_did_not(monkeypatch):
    monkeypatch.setattr(sending, "SENT_AT_ONCE", 4)
    unmade()
    whole = a_mail()
    send_waiting()
    assert send_waiting() == 1
    whole.refresh_from_db()
    assert whole.sent_at is not None


@pytest.mark.django_db
def test_a_subject_becomes_one_line():
    write_worded("ada@example.org", "Sun\r\nBcc: eve@example.org\x07", "Light.")
    assert Mail.objects.get().subject == "Sun Bcc: eve@example.org"


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
