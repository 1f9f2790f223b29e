"""Who is signed in, found by one prepared statement."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend

from mycenas.accounts.models import User
from mycenas.core.db import prepared


class PersonBackend(AuthenticationBackend):  # type: ignore[misc]
    """Signs in as allauth does."""

    def get_user(self, user_id: int) -> User | None:
        """The active person with this id, for every request of a session."""
        person = prepared.select_one(User, id=user_id)
        return person if person and self.user_can_authenticate(person) else None
