"""Fields of forms and models that clean text and addresses from people."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.expressions import Combinable
from django.forms.utils import ErrorDict, ErrorList
from django.utils.translation import gettext_lazy as _

from mycenas.core.addresses import (
    LONGEST_MAIL,
    LONGEST_URL,
    canonical,
    canonical_if_any,
    check_one_spelling,
    web_address,
    with_scheme,
)
from mycenas.core.text import REPLACEMENT, shown, tidy, tidy_line

# What Django, and `MailField`, call a value in the parameters of an error.
TYPED = ("value", "pk")
# How many times longer than cleaned text may be what was typed.
TYPED_ALONG = 10


def sentences(errors: ErrorList) -> list[str]:
    """The sentences of a field's errors, in which long values are shortened."""
    return [_sentence(error) for error in errors.as_data()]


def in_json(errors: ErrorDict) -> dict[str, list[dict[str, str]]]:
    """Like `ErrorDict.get_json_data`, with the `sentences`."""
    return {
        name: [
            {"message": _sentence(error), "code": error.code or ""} for error in found
        ]
        for name, found in errors.as_data().items()
    }


def _sentence(error: ValidationError) -> str:
    message = error.message
    if error.params:
        message %= {
            name: shown(value) if name in TYPED else value
            for name, value in error.params.items()
        }
    return str(message)


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
    """One cleaned line of text; invisible characters alone count as empty.

    Text far beyond ``max_length`` is refused as it came: cleaning a megabyte would take
    a second.
    """

    default_validators = [check_readable]
    default_error_messages = {
        "max_length": _(
            "At most %(limit_value)d characters fit here; these are %(show_value)d. "
            "Shorten the text."
        )
    }
    tidied = staticmethod(tidy_line)

    def widget_attrs(self, widget: forms.Widget) -> Any:
        """Let browsers take all that is typed or pasted, where they would cut it.

        `static/js/lengths.js` says at the field that it is too long.
        """
        attrs = super().widget_attrs(widget)
        if (most := attrs.pop("maxlength", None)) is not None:
            sentence = _("At most {limit} characters fit here; these are {found}.")
            attrs |= {"data-most": most, "data-too-long": sentence}
        return attrs

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        most = self.max_length
        if most is not None and len(text) > TYPED_ALONG * most + TYPED_ALONG:
            return text
        return self.tidied(text)


class ProseField(LineField):
    """Several lines of text, cleaned in the same way."""

    widget = forms.Textarea
    tidied = staticmethod(tidy)


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
        super().__init__(**{"max_length": LONGEST_MAIL, **kwargs})

    def to_python(self, value: Any) -> str:
        return canonical(super().to_python(value) or "")


class NewMailField(MailField):
    """A mail address that is not stored yet: it has no other spelling."""

    default_validators = [*MailField.default_validators, check_one_spelling]


class _Cleaned:
    """Gives a model field its form field; migrations contain Django's own field."""

    in_forms: ClassVar[type[forms.Field]]
    in_migrations: ClassVar[str]

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": self.in_forms, **kwargs})  # type: ignore[misc]

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()  # type: ignore[misc]
        return name, f"django.db.models.{self.in_migrations}", args, kwargs


class Line(_Cleaned, models.CharField[str | int | Combinable, str]):
    """One line of text."""

    in_forms, in_migrations = LineField, "CharField"


class Prose(_Cleaned, models.TextField[str | Combinable, str]):
    """Several lines of text."""

    in_forms, in_migrations = ProseField, "TextField"


class WebAddress(_Cleaned, models.CharField[str | int | Combinable, str]):
    """A URL that a browser opens, normalized by `web_address`."""

    in_forms, in_migrations = WebAddressField, "CharField"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": LONGEST_URL, **kwargs})

    def clean(self, value: Any, model_instance: models.Model | None) -> str:
        cleaned: str = super().clean(value, model_instance)
        return web_address(cleaned) if cleaned else cleaned


class MailAddress(_Cleaned, models.EmailField[str | Combinable, str]):
    """A mail address: stored, found and compared in its canonical form."""

    in_forms, in_migrations = MailField, "EmailField"
    default_validators = [*models.EmailField.default_validators, check_one_spelling]

    def to_python(self, value: Any) -> Any:
        return _canonical(super().to_python(value))

    def get_prep_value(self, value: Any) -> Any:
        return _canonical(super().get_prep_value(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Set the attribute to the stored value."""
        value = _canonical(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value


class Position(models.PositiveSmallIntegerField):  # type: ignore[type-arg]
    """A place among siblings; a trigger of the table puts new rows without one last.

    An instance that was inserted has what PostgreSQL gave it.
    """

    db_returning = True

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.PositiveSmallIntegerField", args, kwargs


def _canonical(value: Any) -> Any:
    return canonical_if_any(value) if isinstance(value, str) else value


def is_web_address(column: str) -> models.Func:
    """The condition of a CHECK that a column holds what `web_address` returns.

    PostgreSQL's function takes more only of names in Punycode that mean nothing.
    """
    return models.Func(
        models.F(column),
        function="is_web_address",
        output_field=models.BooleanField(),
    )
