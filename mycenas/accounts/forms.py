"""allauth's forms with the site's own fields for names and mail addresses."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth
from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.fields import LineField, MailField, NewMailField

LABELS = {
    "oldpassword": _("Present password"),
    "password1": _("New password"),
    "password2": _("New password, once more"),
}


class PlainForm(forms.Form):
    """Labels fields in the site's words, and once: not in the field as well."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class PasswordForm(PlainForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in LABELS.items():
            if name in self.fields:
                self.fields[name].label = label


class MailForm(PlainForm):
    """Replaces each field for a mail address with the site's field."""

    mail_field: type[MailField] = MailField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, forms.EmailField):
                copied = ("required", "widget", "initial", "help_text")
                kept = {n: getattr(field, n) for n in copied}
                label = _("E-mail address")
                self.fields[name] = self.mail_field(label=label, **kept)


class LoginForm(MailForm, allauth.LoginForm):  # type: ignore[misc]
    pass


class RequestLoginCodeForm(MailForm, allauth.RequestLoginCodeForm):  # type: ignore[misc]
    pass


class ResetPasswordForm(MailForm, allauth.ResetPasswordForm):  # type: ignore[misc]
    pass


class AddEmailForm(MailForm, allauth.AddEmailForm):  # type: ignore[misc]
    mail_field = NewMailField


class ChangeEmailForm(MailForm, allauth.ChangeEmailForm):  # type: ignore[misc]
    mail_field = NewMailField


class ChangePasswordForm(PasswordForm, allauth.ChangePasswordForm):  # type: ignore[misc]
    pass


class SetPasswordForm(PasswordForm, allauth.SetPasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordKeyForm(PasswordForm, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class ReauthenticateForm(PlainForm, allauth.ReauthenticateForm):  # type: ignore[misc]
    pass


class SignupForm(MailForm, allauth.SignupForm):  # type: ignore[misc]
    """Asks for a name, and takes the same time whether the address is known or not."""

    mail_field = NewMailField
    name = LineField(
        label=_("Your name"),
        max_length=120,
        help_text=_("Shown beside your work."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ("name", "email", "password1")

    def try_save(self, request: HttpRequest) -> Any:
        # Before an account is made: without the mail its person cannot confirm it.
        get_adapter().refuse_flood(self.cleaned_data["email"], dry_run=True)
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
