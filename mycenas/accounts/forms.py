from __future__ import annotations

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.forms import LineField


class NameForm(forms.Form):
    """What sign-up asks beside e-mail and password."""

    name = LineField(
        label=_("Your name"),
        max_length=120,
        help_text=_("Shown beside your work."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ("name", "email", "password1")

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
