"""The values of the journal in words: names for keys, labels, datetimes, texts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Field, Model, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime, parse_duration
from django.utils.translation import gettext as _

from mycenas.core.audit.text_changes import compared
from mycenas.core.models import AuditEntry
from mycenas.core.templatetags.ui import exact_moment, span

NOTHING = "–"
# What the trigger keeps of texts that are declared as `digested`.
DIGEST = re.compile(r"[0-9a-f]{32}")
DIGEST_OF_NOTHING = "d41d8cd98f00b204e9800998ecf8427e"
# The rows of a model whose names a reader sees.
Rows = Callable[[type[Model]], QuerySet[Any]]


def all_rows(model: type[Model]) -> QuerySet[Any]:
    return model._default_manager.all()


class Names:
    """Names of the rows that changes refer to: one query for each model.

    They are those of ``rows``, and of what ``obj`` refers to, as its own page says.
    """

    def __init__(self, obj: Model, rows: Rows) -> None:
        self._obj, self._rows = obj, rows
        self._keys: dict[type[Model], set[int]] = defaultdict(set)
        self._found: dict[type[Model], dict[Any, Any]] = {}
        self._hidden: dict[int, str] = {}

    def note(self, entry: AuditEntry, model: type[Model] | None) -> None:
        """Remember whose names the entry needs, before the first name is asked for."""
        if entry.actor:
            self._keys[get_user_model()].add(entry.actor)
        for column, values in entry.changes.items():
            if target := _target(field_of(model, column)):
                self._keys[target] |= {one for one in values if isinstance(one, int)}

    def hide(self, person: int, name: str) -> None:
        """Show another name than the person's."""
        self._hidden[person] = name

    def person(self, key: int) -> str:
        """The person's name; people who were removed have none."""
        if key in self._hidden:
            return self._hidden[key]
        return self._name(get_user_model(), key) or str(_("person %d, removed") % key)

    def of(self, target: type[Model], key: int) -> str:
        """The row's name, or its number if it was removed or is not for the reader."""
        if target is get_user_model():
            return self.person(key)
        return self._name(target, key) or str(key)

    def _name(self, model: type[Model], key: int) -> str:
        if model not in self._found:
            rows = all_rows(model)
            if model is not get_user_model():
                rows = rows.filter(self._is_shown(model))
            self._found[model] = rows.in_bulk(self._keys[model])
        return str(self._found[model].get(key, ""))

    def _is_shown(self, model: type[Model]) -> Q:
        keys = self._rows(model).order_by().filter(pk__in=self._keys[model])
        fields = self._obj._meta.concrete_fields
        own = [
            getattr(self._obj, one.attname) for one in fields if _target(one) is model
        ]
        is_itself = Q(pk=self._obj.pk) if isinstance(self._obj, model) else Q()
        return Q(pk__in=keys.values("pk")) | Q(pk__in=own) | is_itself


def field_of(model: type[Model] | None, column: str) -> Field[Any, Any] | None:
    fields = model._meta.concrete_fields if model else ()
    return next((field for field in fields if field.column == column), None)


def in_words(
    field: Field[Any, Any] | None, before: Any, after: Any, names: Names
) -> tuple[str, str] | None:
    """Both values for people; None if a reader would see no change."""
    if _is_digest(field, before) or _is_digest(field, after):
        return _of_unkept_texts(before, after)
    was, is_now = (_value(field, value, names) for value in (before, after))
    if was == is_now and _target(field) and before != after:
        # Two rows of one name.
        return f"{was} ({before})", f"{is_now} ({after})"
    if was == is_now:
        return None
    was, is_now = compared(was, is_now)
    return was or NOTHING, is_now or NOTHING


def _is_digest(field: Field[Any, Any] | None, value: Any) -> bool:
    kind = field.get_internal_type() if field is not None else "TextField"
    is_text = kind == "TextField" and isinstance(value, str)
    return is_text and DIGEST.fullmatch(value) is not None


def _of_unkept_texts(before: Any, after: Any) -> tuple[str, str] | None:
    """Words for texts of which the journal keeps digests, enough to see a change."""
    nothing = (None, DIGEST_OF_NOTHING)
    had, has = before not in nothing, after not in nothing
    if not (had or has):
        return None
    unkept = _("a text that is not kept here")
    is_now = _("another text") if had else unkept
    return unkept if had else NOTHING, is_now if has else NOTHING


def _target(field: Field[Any, Any] | None) -> type[Model] | None:
    target = field.related_model if field is not None else None
    return target if isinstance(target, type) else None


def _value(field: Field[Any, Any] | None, value: Any, names: Names) -> str:
    """A value for people: a name, a state's label, a datetime; '' for none."""
    if value is None:
        return ""
    target = _target(field)
    if target and isinstance(value, int):
        return names.of(target, value)
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    kind = field.get_internal_type() if field is not None else ""
    if kind == "DateTimeField" and (at := parse_datetime(str(value))):
        return moment(at)
    if kind == "DurationField" and (length := parse_duration(str(value))):
        return span(length)
    return str(value)


def moment(at: datetime) -> str:
    """A datetime in the zone of the page."""
    return exact_moment(at, timezone.get_current_timezone())
