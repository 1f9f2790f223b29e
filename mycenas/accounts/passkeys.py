"""Passkeys that sign a person in, unless the person wants less."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as allauth
from django import forms
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _

from mycenas.core.forms import LineField

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


@contextmanager
def _reading(sentence: Any) -> Iterator[None]:
    """Say ``sentence`` of an answer that is none.

    The libraries that read JSON, CBOR and keys raise many kinds of errors for what
    they do not expect, also RuntimeError and AssertionError.
    """
    try:
        yield
    except (ValidationError, DatabaseError):
        raise
    except Exception as error:
        raise ValidationError(sentence, code="passkey") from error


def _say(form: forms.Form, sentence: Any) -> None:
    """One sentence for an answer that is missing or cannot be read."""
    messages = form.fields["credential"].error_messages
    messages.update(required=sentence, invalid=sentence)


def _key_name() -> LineField:
    return LineField(
        label=_("Name of the key"),
        required=False,
        max_length=LONGEST_NAME,
        help_text=_("To tell your keys apart."),
    )


class AddPasskeyForm(allauth.AddWebAuthnForm):  # type: ignore[misc]
    """Adds a key that replaces the password by default."""

    name = _key_name()
    passwordless = forms.BooleanField(
        label=_("Sign in with this key alone"),
        required=False,
        initial=True,
        help_text=_(
            "Asks for a fingerprint, a face or a PIN. Without it the key is only a "
            "second factor after the password."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, NOT_ADDED)

    def clean(self) -> dict[str, Any]:
        try:
            with _reading(NOT_ADDED):
                return super().clean()  # type: ignore[no-any-return]
        except ValidationError as error:
            raise ValidationError(NOT_ADDED, code="passkey") from error


class _KnownKey(forms.Form):
    """Says which key was wrong, and takes any rubbish for a wrong key."""

    wrong: Any = NOT_YOURS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, self.wrong)

    def clean_credential(self) -> Authenticator:
        try:
            with _reading(self.wrong):
                return super().clean_credential()  # type: ignore[misc]
        except ValidationError as error:
            if getattr(error, "code", "") != "incorrect_code":
                raise
            raise ValidationError(self.wrong, code="passkey") from error


class SignInWithPasskeyForm(_KnownKey, allauth.LoginWebAuthnForm):  # type: ignore[misc]
    wrong = NOT_KNOWN


class ProveByPasskeyForm(_KnownKey, allauth.AuthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class ProveAgainByPasskeyForm(_KnownKey, allauth.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class RenamePasskeyForm(allauth.EditWebAuthnForm):  # type: ignore[misc]
    name = LineField(label=_("Name of the key"), max_length=LONGEST_NAME)
