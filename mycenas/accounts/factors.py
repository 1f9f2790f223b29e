"""Adding or removing a second factor ends a person's other sessions."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.signals import user_logged_in
from django.db.models import F
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from mycenas.accounts.models import User

# Recovery codes come and go with these.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


@receiver((post_save, post_delete), sender=Authenticator)
def end_sessions(
    instance: Authenticator, created: bool | None = None, **more: Any
) -> None:
    """A new factor ends all sessions, and so does one that is gone."""
    if instance.type in FACTORS and created is not False:
        people = User.objects.filter(pk=instance.user_id)
        people.update(session_generation=F("session_generation") + 1)


@receiver((authenticator_added, authenticator_removed))
def keep_this_session(request: HttpRequest, user: User, **more: Any) -> None:
    """The session in which it was done goes on."""
    user.refresh_from_db(fields=["session_generation"])
    update_session_auth_hash(request, user)


@receiver(authenticator_added)
def remember_proof(
    request: HttpRequest, user: User, authenticator: Authenticator, **more: Any
) -> None:
    """Who adds a factor has just used it."""
    if authenticator.type in FACTORS:
        used = {"id": authenticator.pk, "type": authenticator.type}
        record_authentication(request, user, "mfa", **used)


@receiver(user_logged_in)
def bind(request: HttpRequest, user: User, **more: Any) -> None:
    """The rest of the request that signs a person in knows the session as well."""
    user.proof = request.session
