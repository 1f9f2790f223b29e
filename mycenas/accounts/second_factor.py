"""Second factors: which sessions have proved one, and what ends with a changed one.

All staff permissions need a proved second factor. A person read for a request carries
the session's data as ``proof``. Without one the person stands for no session: commands
and workflows are trusted by those who call them.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.db.models import F
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from mycenas.accounts.models import User

Person = AbstractBaseUser | AnonymousUser
# Recovery codes come and go with these.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_staff_powers(user: Person) -> bool:
    """Whether ``user`` may use staff permissions in this session."""
    if not user.is_authenticated or not user.is_active:
        return False
    proof = getattr(user, "proof", None)
    if proof is None or not settings.STAFF_SECOND_FACTOR:
        return True
    # Factors used in the session; some may have been removed since.
    used = [
        record["id"]
        for record in proof.get(AUTHENTICATION_METHODS_SESSION_KEY) or []
        if record.get("method") == "mfa" and record.get("id")
    ]
    factors = Authenticator.objects.filter(user_id=user.pk, pk__in=used)
    return bool(used) and factors.exists()


class ProofMiddleware(AuthenticationMiddleware):
    """Attaches the session to the signed-in user as ``proof``."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(partial(_with_proof, request))  # type: ignore[assignment]


def _with_proof(request: HttpRequest) -> Person:
    person: Person = get_user(request)
    person.proof = request.session  # type: ignore[union-attr]
    return person


@receiver(user_logged_in)
def attach_proof(request: HttpRequest, user: User, **more: Any) -> None:
    """Do the same in the request that signs a person in."""
    user.proof = request.session


@receiver((post_save, post_delete), sender=Authenticator)
def end_sessions(
    instance: Authenticator, created: bool | None = None, **more: Any
) -> None:
    """End all sessions of a person whose factor was added or removed."""
    if instance.type in FACTORS and created is not False:
        people = User.objects.filter(pk=instance.user_id)
        people.update(session_generation=F("session_generation") + 1)


@receiver((authenticator_added, authenticator_removed))
def keep_this_session(request: HttpRequest, user: User, **more: Any) -> None:
    """Except the session in which it was done."""
    user.refresh_from_db(fields=["session_generation"])
    update_session_auth_hash(request, user)


@receiver(authenticator_added)
def remember_proof(
    request: HttpRequest, user: User, authenticator: Authenticator, **more: Any
) -> None:
    """A person who adds a factor has just used it."""
    if authenticator.type in FACTORS:
        used = {"id": authenticator.pk, "type": authenticator.type}
        record_authentication(request, user, "mfa", **used)
