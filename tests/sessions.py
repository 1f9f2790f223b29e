"""Sessions of people who are signed in, by two statements and not ten."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client

from mycenas.accounts.models import User


def session_of(person: User) -> str:
    """The key of a new session; of a sign-in it lacks what the site does not read."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def client_of(person: User) -> Client:
    """A browser in which the person is signed in."""
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session_of(person)
    return client
