"""The forms of allauth that take a mail address, with the site's own field for it."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth
from django import forms

from mycenas.core.forms import MailField


class Addressed(forms.Form):
    """Puts the site's field in the place of each field for a mail address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, forms.EmailField):
                self.fields[name] = _same_in_ours(field)


def _same_in_ours(field: forms.EmailField) -> MailField:
    return MailField(
        label=field.label,
        required=field.required,
        widget=field.widget,
        initial=field.initial,
        help_text=field.help_text,
    )


class LoginForm(Addressed, allauth.LoginForm):  # type: ignore[misc]
    pass


class RequestLoginCodeForm(Addressed, allauth.RequestLoginCodeForm):  # type: ignore[misc]
    pass


class ResetPasswordForm(Addressed, allauth.ResetPasswordForm):  # type: ignore[misc]
    pass


class AddEmailForm(Addressed, allauth.AddEmailForm):  # type: ignore[misc]
    pass


class ChangeEmailForm(Addressed, allauth.ChangeEmailForm):  # type: ignore[misc]
    pass
