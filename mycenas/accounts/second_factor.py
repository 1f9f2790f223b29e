"""Whether a session has proved a second factor, which all staff permissions need.

A person read for a request carries the session's data as ``proof``. Without one the
person stands for no session: commands and workflows are trusted by those who call them.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.apps import apps
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

Person = AbstractBaseUser | AnonymousUser


def has_staff_powers(user: Person) -> bool:
    """Whether ``user`` may use staff permissions in this session."""
    if not user.is_authenticated or not user.is_active:
        return False
    proof = getattr(user, "proof", None)
    if proof is None or not settings.STAFF_SECOND_FACTOR:
        return True
    used = _factors_used(proof)
    factors = apps.get_model("mfa", "Authenticator").objects
    return bool(used) and factors.filter(user_id=user.pk, pk__in=used).exists()


def _factors_used(proof: Any) -> list[int]:
    """The factors used in the session; some may have been removed since."""
    records = proof.get(AUTHENTICATION_METHODS_SESSION_KEY) or []
    return [
        record["id"]
        for record in records
        if record.get("method") == "mfa" and record.get("id")
    ]


class ProofMiddleware(AuthenticationMiddleware):
    """Attaches the session to the signed-in user as ``proof``."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(partial(person_of, request))  # type: ignore[assignment]


def person_of(request: HttpRequest) -> Person:
    """The signed-in user with the session as ``proof``."""
    person: Person = get_user(request)
    person.proof = request.session  # type: ignore[union-attr]
    return person
