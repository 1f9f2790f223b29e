"""Form fields for text and addresses; all forms use these."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from mycenas.core.mailbox import LONGEST, canonical
from mycenas.core.text import REPLACEMENT, tidy, tidy_line
from mycenas.core.weblinks import web_address, with_scheme


def check_readable(text: str) -> None:
    """Refuse text with replacement characters, which stand for lost ones."""
    if REPLACEMENT in text:
        raise ValidationError(
            _(
                "The text has “%(found)s” at character %(place)d, where a character "
                "could not be read. Type it again there."
            ),
            params={"found": REPLACEMENT, "place": text.index(REPLACEMENT) + 1},
            code="unreadable",
        )


class LineField(forms.CharField):
    """One cleaned line of text; invisible characters alone count as empty."""

    default_validators = [check_readable]

    def to_python(self, value: Any) -> str:
        return tidy_line(super().to_python(value) or "")


class ProseField(LineField):
    """Several lines of text, cleaned in the same way."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return tidy(forms.CharField.to_python(self, value) or "")


class WebAddressField(LineField):
    """A URL that a browser opens; ``https://`` is added if the scheme is missing."""

    widget = forms.URLInput

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        return web_address(with_scheme(text)) if text else text


class MailField(forms.EmailField):
    """A mail address in its canonical form."""

    default_error_messages = {
        "invalid": _(
            "“%(value)s” is not a mail address. Type it like name@example.org."
        ),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": LONGEST, **kwargs})

    def to_python(self, value: Any) -> str:
        return canonical(super().to_python(value) or "")
