"""Passkeys that sign a person in, unless the person wants less."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as allauth
from django import forms
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.accounts.wording import OF_FACTORS
from mycenas.core.fields import LineField

LONGEST_NAME = 100
NOT_KNOWN = _(
    "This passkey belongs to no account here: it may have been removed. Sign in in "
    "another way, then add it again."
)
NOT_YOURS = _("This passkey is not one of your account's. Use one that is.")
NOT_ADDED = _(
    "The passkey was not added: its answer does not fit this page. Reload the page and "
    "try again."
)


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors in the site's words."""

    error_messages = {**DefaultMFAAdapter.error_messages, **OF_FACTORS}

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002
        """The name of a key that its person gives none: "Passkey", "Passkey 2" …"""
        keys = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        if not keys:
            return gettext("Passkey")
        return gettext("Passkey %(number)d") % {"number": keys + 1}


@contextmanager
def _saying(sentence: Any) -> Iterator[None]:
    """Replace the error about an answer that is wrong or cannot be read.

    The libraries that read JSON, CBOR and keys raise many kinds of errors for what
    they do not expect, also RuntimeError and AssertionError. Other refusals, such as
    that of a rate limit, keep their sentence.
    """
    try:
        yield
    except Exception as error:
        is_known = isinstance(error, DatabaseError | ValidationError)
        if is_known and getattr(error, "code", "") != "incorrect_code":
            raise
        raise ValidationError(sentence, code="passkey") from error


class _Answer(forms.Form):
    """Shows ``wrong`` also if the answer is missing or is not JSON."""

    wrong: Any = NOT_YOURS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        messages = self.fields["credential"].error_messages
        messages.update(required=self.wrong, invalid=self.wrong)


class AddPasskeyForm(_Answer, allauth.AddWebAuthnForm):  # type: ignore[misc]
    """Adds a key that replaces the password by default."""

    wrong = NOT_ADDED
    name = LineField(
        label=_("Name of the key"),
        required=False,
        max_length=LONGEST_NAME,
        help_text=_("To tell your keys apart."),
    )
    passwordless = forms.BooleanField(
        label=_("Sign in with this key alone"),
        required=False,
        initial=True,
        help_text=_(
            "Asks for a fingerprint, a face or a PIN. Without it the key is only a "
            "second factor after the password."
        ),
    )

    def clean(self) -> dict[str, Any] | None:
        with _saying(self.wrong):
            return super().clean()


class _KnownKey(_Answer):
    def clean_credential(self) -> Authenticator:
        with _saying(self.wrong):
            return super().clean_credential()  # type: ignore[misc]


class SignInWithPasskeyForm(_KnownKey, allauth.LoginWebAuthnForm):  # type: ignore[misc]
    wrong = NOT_KNOWN


class ProveByPasskeyForm(_KnownKey, allauth.AuthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class ProveAgainByPasskeyForm(_KnownKey, allauth.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class RenamePasskeyForm(allauth.EditWebAuthnForm):  # type: ignore[misc]
    name = LineField(label=_("Name of the key"), max_length=LONGEST_NAME)
