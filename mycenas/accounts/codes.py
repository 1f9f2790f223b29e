"""Codes of a second factor: each counts once, and is asked for as the person has it."""

from __future__ import annotations

from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.base import forms as allauth
from allauth.mfa.models import Authenticator
from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

APP, PASSKEY = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN
WRONG = _(
    "This code is wrong, or it was used already. Type the one that your app shows now, "
    "or a recovery code that you have not used."
)
WRONG_WITHOUT_APP = _(
    "This code is wrong, or it was used already. Type a recovery code that you have "
    "not used."
)


class _CodeForm(forms.Form):
    """``has_app`` and ``has_passkey``: what the person can use."""

    user: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types = set(
            Authenticator.objects.filter(user=self.user).values_list("type", flat=True)
        )
        self.has_app, self.has_passkey = APP in types, PASSKEY in types

    def clean_code(self) -> str:
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except ValidationError as error:
            if error.code != "incorrect_code":
                raise
            wrong = WRONG if self.has_app else WRONG_WITHOUT_APP
            raise ValidationError(wrong, code=error.code) from error
        self._remember(code)
        return code

    def _remember(self, code: str) -> None:
        """Refuse the code for as long as it would be valid.

        allauth forgets it after one period, also where it tolerates neighbours.
        """
        factor = self.authenticator  # type: ignore[attr-defined]
        if factor.type == APP:
            periods = 2 * app_settings.TOTP_TOLERANCE + 1
            key = factor.wrap()._get_used_cache_key(code)
            cache.touch(key, periods * app_settings.TOTP_PERIOD)


class ProveByCodeForm(_CodeForm, allauth.AuthenticateForm):  # type: ignore[misc]
    pass


class ProveAgainByCodeForm(_CodeForm, allauth.ReauthenticateForm):  # type: ignore[misc]
    pass
