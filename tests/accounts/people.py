"""People as sign-up leaves them: with a password and a proven address."""

from __future__ import annotations

from allauth.account.models import EmailAddress

from mycenas.accounts.models import User

PASSWORD = "a long walk at dusk"


def known_person(email: str = "ada@example.org", **fields: bool | int) -> User:
    """A person who may sign in with ``PASSWORD``."""
    person = User.objects.create_user(email, PASSWORD, **fields)
    EmailAddress.objects.update_or_create(
        user=person, email=person.email, defaults={"verified": True, "primary": True}
    )
    return person
