"""Fields of forms that take text from people; every form uses these."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from mycenas.core.mailbox import LONGEST, canonical
from mycenas.core.text import REPLACEMENT, tidy, tidy_line
from mycenas.core.weblinks import web_address, with_scheme


def check_readable(text: str) -> None:
    """Refuse text of which a part was lost before it came here."""
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
    """One line of text, tidied; invisible characters alone are no text."""

    default_validators = [check_readable]

    def to_python(self, value: Any) -> str:
        return tidy_line(super().to_python(value) or "")


class ProseField(LineField):
    """Text of several lines, tidied in the same way."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return tidy(forms.CharField.to_python(self, value) or "")


class WebAddressField(LineField):
    """An address that a browser opens; ``https://`` is added where no scheme is."""

    widget = forms.URLInput

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        return web_address(with_scheme(text)) if text else text


class MailField(forms.EmailField):
    """A mail address, in the one way that it is written."""

    default_error_messages = {
        "invalid": _(
            "“%(value)s” is not a mail address. Type it like name@example.org."
        ),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": LONGEST, **kwargs})

    def to_python(self, value: Any) -> str:
        return canonical(super().to_python(value) or "")
