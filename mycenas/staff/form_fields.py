"""Fields of the admin's forms: bounds of columns, lengths of time, choices in words."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from mycenas.core.db.bounds import limited
from mycenas.core.templatetags.ui import span

# The first letters of units, in seconds.
UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_PART = r"(\d{1,9})\s*(d|days?|h|hours?|min|minutes?|s|seconds?)"
_IN_WORDS = re.compile(rf"{_PART}(?:[\s,]+{_PART})*", re.IGNORECASE)
_PARTS = re.compile(_PART, re.IGNORECASE)


class SpanField(forms.DurationField):
    """A length of time in words, “1 day 12 hours”; also read as Django writes it."""

    default_error_messages = {
        "invalid": _(
            "This is no length of time. Type it like “15 minutes” or “1 day 12 hours”."
        ),
    }

    def prepare_value(self, value: Any) -> Any:
        # What words cannot say stays in figures.
        is_whole = isinstance(value, timedelta) and not value.microseconds
        is_said = is_whole and value >= timedelta()
        return span(value) if is_said else super().prepare_value(value)

    def to_python(self, value: Any) -> timedelta | None:
        text = value.strip() if isinstance(value, str) else ""
        if not _IN_WORDS.fullmatch(text):
            return super().to_python(value)
        parts = _PARTS.findall(text)
        seconds = sum(int(count) * UNITS[unit[0].lower()] for count, unit in parts)
        try:
            return timedelta(seconds=seconds)
        except OverflowError as error:
            raise ValidationError(
                self.error_messages["overflow"], code="overflow"
            ) from error


class BoundedFields:
    """Mixed into admins whose forms show bounds and choices as people say them."""

    def formfield_for_dbfield(self, db_field: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(db_field, models.DurationField):
            kwargs.setdefault("form_class", SpanField)
        field = super().formfield_for_dbfield(db_field, *args, **kwargs)  # type: ignore[misc]
        _name_nothing(field)
        return limited(field, db_field.model, db_field.name)


def _name_nothing(field: Any) -> None:
    """Say in a select what its empty choice means, where Django writes dashes."""
    words = _("Choose one") if getattr(field, "required", False) else _("None")
    if isinstance(field, forms.ModelChoiceField):
        if field.empty_label is not None:
            field.empty_label = words
    elif isinstance(field, forms.TypedChoiceField):
        choices: Any = field.choices
        field.choices = [(key, label if key else words) for key, label in choices]
