"""Datetimes in the admin: read and shown in one time zone, with its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mycenas.core.templatetags.ui import moment_text

# "02:30 CEST" or "02:30 +02:00": a time with a zone's abbreviation or an offset.
WITH_ZONE = re.compile(r"\s*(\S.*?)\s*([A-Za-z]{2,5}|[+-]\d{2}:\d{2})\s*", re.ASCII)
HALVES = {"am", "pm"}
# The largest distance from UTC.
MOST_HOURS = 14
MINUTES_OF_AN_HOUR = 60


def readings(naive: datetime, zone: tzinfo) -> list[datetime]:
    """The instants at which clocks in ``zone`` show this: none, one or two."""
    both = [naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    real = [one for one in both if _on_the_clock(one, zone) == naive]
    return real if len({one.utcoffset() for one in real}) > 1 else real[:1]


def _on_the_clock(moment: datetime, zone: tzinfo) -> datetime:
    # The ends of the calendar cannot be converted; the bounds of columns refuse them.
    with suppress(OverflowError):
        moment = moment.astimezone(UTC).astimezone(zone)
    return moment.replace(tzinfo=None, fold=0)


def in_zone(moment: datetime | None, zone: tzinfo) -> str:
    """The instant as all pages write it, with its zone; “–” for None."""
    return moment_text(moment, zone) or "–"


def offset_of(moment: datetime) -> str:
    """The distance from UTC, like ``+02:00``."""
    return moment.isoformat()[-6:]


class _TimeField(forms.TimeField):
    """A time with an optional offset or zone abbreviation."""

    def to_python(self, value: Any) -> Any:
        found = WITH_ZONE.fullmatch(value) if isinstance(value, str) else None
        if found is None or found[2].lower() in HALVES:
            return super().to_python(value)
        return super().to_python(found[1]), found[2].upper()


class AdminDateTimeWidget(AdminSplitDateTime):
    """Date and time in the current zone."""

    def decompress(self, value: Any) -> Any:
        if isinstance(value, str):
            # An initial value from the query string; the form validates it later.
            return list(value.partition(" ")[::2])
        date, time = super().decompress(value)
        if not isinstance(value, datetime) or timezone.is_naive(value):
            return [date, time]
        local = timezone.localtime(value)
        zone = timezone.get_current_timezone()
        if len(readings(local.replace(tzinfo=None, fold=0), zone)) > 1:
            return [date, f"{local:%H:%M:%S} {offset_of(local)}"]
        return [date, time]


class AdminDateTimeField(forms.SplitDateTimeField):
    """A datetime in the current zone; an ambiguous time needs its offset."""

    widget = AdminDateTimeWidget
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid_date": _("Type a date that exists, like 2026-12-31."),
        "invalid_time": _("Type a time from 00:00 to 23:59:59, like 18:30."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "widget": AdminDateTimeWidget})
        sentences = {"invalid": self.error_messages["invalid_time"]}
        time = _TimeField(required=False, error_messages=sentences)
        self.fields = (self.fields[0], time)
        # Where only one of the two is missing, the field says which.
        self.require_all_fields = False

    def compress(self, data_list: Any) -> datetime | None:
        if not data_list or not isinstance(data_list[1], tuple):
            if data_list and all(part not in self.empty_values for part in data_list):
                return _only(datetime.combine(*data_list))
            found: datetime | None = super().compress(data_list)
            return found
        date, (time, which) = data_list
        if date in self.empty_values:
            raise ValidationError(self.error_messages["invalid_date"])
        return _named(datetime.combine(date, time), which)


def _only(naive: datetime) -> datetime:
    """The only instant at which clocks in the current zone show this."""
    zone = timezone.get_current_timezone()
    found = readings(naive, zone)
    if len(found) == 1:
        return found[0]
    if not found:
        after = _on_the_clock(naive.replace(tzinfo=zone, fold=0), zone)
        raise ValidationError(
            _(
                "“%(typed)s” does not exist in the time zone %(zone)s: clocks are put "
                "forward then. Type %(after)s or another time."
            ),
            params={"typed": naive, "zone": zone, "after": _clock(after, naive)},
            code="no_such_time",
        )
    first, second = (f"{naive:%H:%M} {offset_of(one)}" for one in found)
    raise ValidationError(
        _(
            "“%(typed)s” comes twice in the time zone %(zone)s, because clocks are put "
            "back. Type the time as “%(first)s” for the first or as “%(second)s” for "
            "the second."
        ),
        params={"typed": naive, "zone": zone, "first": first, "second": second},
        code="time_comes_twice",
    )


def _clock(moment: datetime, named: datetime) -> str:
    """What clocks show at ``moment``, with the day if that is another."""
    same_day = moment.date() == named.date()
    return f"{moment:%H:%M}" if same_day else f"{moment:%Y-%m-%d %H:%M}"


def _named(naive: datetime, which: str) -> datetime:
    """The instant given by an offset or an abbreviation of the current zone."""
    if which[0] in "+-":
        return _offset(naive, which)
    zone = timezone.get_current_timezone()
    for moment in readings(naive, zone):
        if moment.tzname() == which:
            # Python compares datetimes in a repeated hour as unequal to all others.
            with suppress(OverflowError):
                return moment.astimezone(UTC)
            return moment
    raise ValidationError(
        _(
            "“%(which)s” is no name for this time in the time zone %(zone)s. Type the "
            "time alone, or with its offset, like +02:00."
        ),
        params={"which": which, "zone": zone},
        code="no_such_zone",
    )


def _offset(naive: datetime, which: str) -> datetime:
    """The instant at a plausible distance from UTC."""
    hours, minutes = int(which[1:3]), int(which[4:])
    if hours > MOST_HOURS or minutes >= MINUTES_OF_AN_HOUR:
        raise ValidationError(
            _(
                "“%(which)s” is no distance from UTC. Type one from -14:00 to +14:00, "
                "like +02:00."
            ),
            params={"which": which},
            code="no_such_offset",
        )
    return datetime.fromisoformat(f"{naive.isoformat()}{which}")


class ZonedColumns:
    """Show datetimes in lists and read-only fields with their zone."""

    def get_list_display(self, request: Any) -> list[Any]:
        names = super().get_list_display(request)  # type: ignore[misc]
        return [self._column(name) for name in names]

    def get_readonly_fields(self, request: Any, obj: Any = None) -> list[Any]:
        names = super().get_readonly_fields(request, obj)  # type: ignore[misc]
        return [self._column(name) for name in names]

    def get_fieldsets(self, request: Any, obj: Any = None) -> list[Any]:
        parent: Any = super()
        fixed = set(parent.get_readonly_fields(request, obj))
        is_fixed = obj is not None and not self.has_change_permission(request, obj)  # type: ignore[attr-defined]

        def named(name: Any) -> Any:
            if isinstance(name, list | tuple):
                return [named(one) for one in name]
            return self._column(name) if is_fixed or name in fixed else name

        return [
            (title, {**part, "fields": named(part["fields"])})
            for title, part in parent.get_fieldsets(request, obj)
        ]

    def _column(self, name: Any) -> Any:
        model_admin: Any = self
        if not isinstance(name, str) or hasattr(model_admin, name):
            return name
        fields = {field.name: field for field in model_admin.opts.concrete_fields}
        if not isinstance(fields.get(name), models.DateTimeField):
            return name
        return column(model_admin, name, str(fields[name].verbose_name))


@cache
def column(model_admin: Any, name: str, label: str) -> Callable[[Any], str]:
    """A datetime as a column of a list or as a read-only field."""

    @admin.display(description=label, ordering=name)
    def shown(row: Any) -> str:
        return in_zone(getattr(row, name), model_admin.zone_of(row))

    shown.__name__ = f"{name}_in_zone"
    return shown
