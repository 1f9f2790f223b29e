"""Bounds of columns, which calendars, PostgreSQL and people can handle.

Each gives CHECKs for a model's ``Meta``, one for each column. The same bounds hold in
forms, which name the limit and the value at the field.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models import Q
from django.forms import Field as FormField
from django.utils import timezone
from django.utils.duration import duration_string
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from mycenas.core.text import shown

FIRST_YEAR, LAST_YEAR = 2000, 2200
# A day more on each side: a year begins at another moment in every zone.
EARLIEST = datetime(FIRST_YEAR - 1, 12, 31, tzinfo=UTC)
LATEST = datetime(LAST_YEAR + 1, 1, 2, tzinfo=UTC)
LONGEST = timedelta(days=30)
# More bytes than any disk holds, rows than any table has, and acts than are counted.
MOST_BYTES = 2**51
MOST_ROWS = 2**62
MOST_COUNTED = 2_000_000_000
MOST_TRIES = 30_000
MOST_PIXELS = 1_000_000
# A text of characters that cannot be seen, or of none: for PostgreSQL and Python.
BLANK = (
    r"^[\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5"
    r"\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f"
    r"\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff\U000e0000-\U000e0fff]*$"
)

IN_YEARS = format_lazy(
    _("a date in the years {first} to {last}"), first=FIRST_YEAR, last=LAST_YEAR
)
IN_TIME = format_lazy(
    _("more than 0 seconds and at most {days} days"), days=LONGEST.days
)
IN_NUMBERS = _("a number from {low} to {high}")
OUT_OF_BOUNDS = _("The value of “{name}” is out of bounds. Give {limit}.")


class Bound(models.CheckConstraint):
    """Keeps ``column`` between ``low`` and ``high``, both included, or NULL.

    ``limit`` says the same to people.
    """

    def __init__(self, column: str, low: Any, high: Any, limit: str | Promise) -> None:
        self.column, self.low, self.high, self.limit = column, low, high, limit
        super().__init__(
            name=f"%(class)s_{column}_bounds",
            condition=Q(**{f"{column}__range": (low, high)}),
        )

    def clone(self) -> Self:
        return copy.copy(self)

    @property
    def sentence(self) -> Any:
        """What is wrong with a value that cannot be shown."""
        return format_lazy(
            _("The value is out of bounds. Give {limit}."), limit=self.limit
        )

    def deconstruct(self) -> Any:
        """Migrations contain a plain CheckConstraint."""
        kwargs = {"name": self.name, "condition": self.condition}
        return "django.db.models.CheckConstraint", (), kwargs

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Iterable[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Refuse the value at its field without a query."""
        value = getattr(instance, self.column)
        is_known = value is not None and not hasattr(value, "resolve_expression")
        if is_known and self.column not in (exclude or ()):
            try:
                self.check_value(value)
            except ValidationError as error:
                raise ValidationError({self.column: error}) from error

    def check_value(self, value: Any) -> None:
        """Raise ``ValidationError``, with the limit and the value, if it is outside."""
        if not self._holds(value):
            raise ValidationError(
                _("“%(value)s” is out of bounds. Give %(limit)s."),
                params={"value": _in_words(value), "limit": self.limit},
                code="out_of_bounds",
            )

    def _holds(self, value: Any) -> bool:
        is_date = isinstance(value, date)
        return _in_years(value) if is_date else self.low <= value <= self.high


def datetimes(*columns: str) -> list[models.BaseConstraint]:
    """Datetimes in the years 2000 to 2200 of any zone."""
    return [Bound(column, EARLIEST, LATEST, IN_YEARS) for column in columns]


def dates(*columns: str) -> list[models.BaseConstraint]:
    """Days in the years 2000 to 2200."""
    first, last = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
    return [Bound(column, first, last, IN_YEARS) for column in columns]


def durations(*columns: str) -> list[models.BaseConstraint]:
    """Durations of 30 days at most."""
    shortest = timedelta(microseconds=1)
    return [Bound(column, shortest, LONGEST, IN_TIME) for column in columns]


def numbers(low: int, high: int, *columns: str) -> list[models.BaseConstraint]:
    """Whole numbers from ``low`` to ``high``."""
    limit = format_lazy(IN_NUMBERS, low=low, high=high)
    return [Bound(column, low, high, limit) for column in columns]


def bounds_of(model: type[models.Model]) -> dict[str, Bound]:
    """The bounds of a model's columns, by column."""
    constraints = model._meta.constraints
    return {one.column: one for one in constraints if isinstance(one, Bound)}


def limited(field: Any, model: type[models.Model], name: str) -> Any:
    """Make a form field refuse values beyond the bounds of the column ``name``.

    Takes the place of Django's own sentences, which do not say the value.
    """
    bound = bounds_of(model).get(name)
    if bound is not None and isinstance(field, FormField):
        others = (MinValueValidator, MaxValueValidator)
        kept = [one for one in field.validators if not isinstance(one, others)]
        field.validators = [*kept, bound.check_value]
        if "overflow" in field.error_messages:  # more days than Python counts
            field.error_messages["overflow"] = bound.sentence
        if isinstance(bound.low, int):
            field.widget.attrs.update(min=bound.low, max=bound.high)
    return field


def _in_years(value: date) -> bool:
    if isinstance(value, datetime) and timezone.is_aware(value):
        if not EARLIEST <= value <= LATEST:
            return False
        value = timezone.localtime(value)
    return FIRST_YEAR <= value.year <= LAST_YEAR


def _in_words(value: Any) -> str:
    """The value as it is typed: in its own zone, a negative duration with a sign."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "minutes")
    if isinstance(value, timedelta):
        sign = "-" if value < timedelta() else ""
        return sign + duration_string(abs(value))
    return shown(value)
