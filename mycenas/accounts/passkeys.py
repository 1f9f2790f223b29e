"""Passkeys that sign a person in, unless the person wants less."""

from __future__ import annotations

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """Adds a key that replaces the password by default."""

    passwordless = forms.BooleanField(
        label=_("Sign in with this key alone"),
        required=False,
        initial=True,
        help_text=_(
            "Asks for a fingerprint, a face or a PIN. Without it the key is only a "
            "second factor after the password."
        ),
    )
