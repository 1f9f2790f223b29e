"""Who is signed in, as the pages' middleware finds it out."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from mycenas.accounts.models import User
from mycenas.core import rows
from mycenas.core.statements import run


def find_person(request: HttpRequest) -> User | None:
    """Who is signed in by a valid session; None for everybody else."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    found = run(_SESSION_SQL, [key]) if key else []
    said = SessionStore().decode(found[0][0]) if found else {}
    if SESSION_KEY not in said:
        return None
    person = rows.find(User, id=said[SESSION_KEY], is_active=True)
    if person is None or not _signed_in(said, person):
        return None
    person.proof = said
    return person


_SESSION_SQL = """
SELECT session_data FROM django_session
WHERE session_key = %s AND expire_date > clock_timestamp()
"""


def _signed_in(said: dict[str, Any], person: User) -> bool:
    """Whether a session is that of ``person``, as `get_user` has it."""
    return (
        said.get(SESSION_KEY) == str(person.pk)
        and said.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(
            said.get(HASH_SESSION_KEY, ""), person.get_session_auth_hash()
        )
    )
