"""Forms that arrive more than once: what one form asks for is done once."""

from __future__ import annotations

import base64
import json
import secrets
from functools import partial
from typing import Any

from django import forms
from django.utils.crypto import salted_hmac

# Characters of a token; more of what was sent are left out.
LONGEST = 64
SALT = "mycenas.once"


class OnceField(forms.CharField):
    """A hidden token: the same each time that one form is sent, new in a new form."""

    def __init__(self) -> None:
        super().__init__(
            required=False,
            widget=forms.HiddenInput(attrs={"autocomplete": "off"}),
            initial=partial(secrets.token_urlsafe, 24),
        )

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value))[:LONGEST]


def name_once(token: str, *facts: Any) -> str:
    """A name (43 characters) for what a form with this token asks for.

    It is the same for the same token and facts, and cannot be guessed from them.
    Without a token each name is another.
    """
    if not token:
        return secrets.token_urlsafe(32)
    named = salted_hmac(
        SALT, json.dumps([token, *facts], sort_keys=True), algorithm="sha256"
    ).digest()
    return base64.urlsafe_b64encode(named).decode().rstrip("=")
