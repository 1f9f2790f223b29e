"""Browsers whose session ended while a form was open."""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from mycenas.accounts.models import User


def end_session(client: Client) -> None:
    """End the session as its age does: the browser keeps its other cookies."""
    del client.cookies[settings.SESSION_COOKIE_NAME]


def sign_out(client: Client) -> None:
    """End the session as its person does: also its row is gone."""
    Session.objects.filter(pk=client.session.session_key).delete()
    end_session(client)


def with_form_of(person: User, page: str, client: Client | None = None) -> Client:
    """A browser that shows the page to the person, and whose session then ended."""
    client = client or Client()
    client.force_login(person)
    assert client.get(page).status_code == 200
    end_session(client)
    return client
