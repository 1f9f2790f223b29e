"""Sessions and signed-in people, each found by one prepared statement."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.sessions.backends import db
from django.db.models import QuerySet

from mycenas.accounts.models import User
from mycenas.core.db import database
from mycenas.core.db.compiled import compiled

BACKEND = "mycenas.accounts.backends.PersonBackend"
# Named in sessions that were begun before, and by allauth.
SAME_AS_BACKEND = (
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
)
STORED = """
SELECT session_data FROM django_session
WHERE session_key = %s AND expire_date > clock_timestamp()
"""


class PersonBackend(AuthenticationBackend):  # type: ignore[misc]
    """Signs in as allauth does."""

    def get_user(self, user_id: int) -> User | None:
        person = _people.first(user_id=user_id)
        return person if person and self.user_can_authenticate(person) else None


@compiled
def _people(user_id: Any) -> QuerySet[User]:
    return User.objects.filter(pk=user_id)


class SessionStore(db.SessionStore):
    """Django's own table and encoding."""

    def load(self) -> dict[str, Any]:
        found = database.run(STORED, [self.session_key])
        if not found:
            self._session_key = None
            return {}
        data: dict[str, Any] = self.decode(found[0][0])
        if data.get(BACKEND_SESSION_KEY) in SAME_AS_BACKEND:
            data[BACKEND_SESSION_KEY] = BACKEND
        return data
