"""Sign-up that takes the same time whether the address is known or not."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from mycenas.accounts.addressing import Addressed


class SignupForm(Addressed, AllauthSignupForm):  # type: ignore[misc]
    """Does the costly part of sign-up for an address that has an account too."""

    def try_save(self, request: HttpRequest) -> Any:
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)
