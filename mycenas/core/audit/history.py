"""The journal in words: who changed what, from what to what, why and when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import Field, Model, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from mycenas.core.models import AuditEntry
from mycenas.core.templatetags.ui import exact_moment
from mycenas.core.text import shown

NOTHING = "–"
# Bulky texts are kept as digests: enough to see that they changed.
DIGEST = re.compile(r"^[0-9a-f]{32}$")


@dataclass(frozen=True)
class Change:
    """One column's change, in words."""

    name: str
    before: str
    after: str
    is_internal: bool = False

    def __str__(self) -> str:
        return _("%(name)s: “%(before)s” → “%(after)s”") % vars(self)


@dataclass(frozen=True)
class HistoryEntry:
    """One audit row, in words."""

    at: datetime
    who: str
    what: str
    changes: tuple[Change, ...]
    reason: str
    source: str

    @property
    def visible(self) -> list[Change]:
        """What people changed; the rest is `internal`."""
        return [change for change in self.changes if not change.is_internal]

    @property
    def internal(self) -> list[Change]:
        """What concerns the site's own work, by ``internal_columns`` of the model."""
        return [change for change in self.changes if change.is_internal]

    def __str__(self) -> str:
        words = {"who": self.who, "at": _moment(self.at), "what": self.what}
        changes = "; ".join(map(str, self.changes))
        return f"{_('%(who)s, %(at)s: %(what)s') % words}. {changes}."


@dataclass(frozen=True)
class Veil:
    """What the history of an object leaves out: a person's name, and columns.

    An object has one as its ``veil``, or None.
    """

    person: int
    name: str
    columns: frozenset[str]


# A table and the column that names the object; if that column names rows of several
# tables, the table of the object as well, which the column ``target_table`` names.
Parts = Iterable[tuple[str, str] | tuple[str, str, str]]


def history_of(obj: Model, parts: Parts = (), after: int = 0) -> list[HistoryEntry]:
    """Changes of ``obj`` and of rows of ``parts``, oldest first.

    ``parts`` are tables with the column that names the object's primary key, see
    `Parts`; ``after``
    leaves out what the journal held up to that entry. See also `Veil`.
    """
    entries = list(entries_of(obj, parts).filter(pk__gt=after))
    models = {model._meta.db_table: model for model in apps.get_models()}
    keys = {entry.actor for entry in entries if entry.actor}
    for entry in entries:
        keys |= _people_in(entry, models.get(entry.table_name))
    people: dict[Any, Any] = get_user_model()._default_manager.in_bulk(keys)
    veil: Veil | None = getattr(obj, "veil", None)
    if veil is not None:
        people[veil.person] = veil.name
    return [
        _event(entry, models.get(entry.table_name), people, veil) for entry in entries
    ]


def _people_in(entry: AuditEntry, model: type[Model] | None) -> set[int]:
    """The keys of people who are named in the changes."""
    found: set[int] = set()
    for column, values in entry.changes.items():
        if _names_person(_field(model, column)):
            found |= {value for value in values if isinstance(value, int)}
    return found


def _names_person(field: Field[Any, Any] | None) -> bool:
    return field is not None and field.related_model is get_user_model()


def last_entry(obj: Model, parts: Parts = ()) -> int:
    """The number of the newest journal entry of ``obj`` and its parts; 0 for none."""
    found = entries_of(obj, parts).order_by("-pk").values_list("pk", flat=True).first()
    return found or 0


def entries_of(obj: Model, parts: Parts) -> QuerySet[AuditEntry]:
    wanted = Q(table_name=obj._meta.db_table, row_id=obj.pk)
    for table, column, *target in parts:
        members = AuditEntry.objects.filter(
            **{"table_name": table, f"changes__{column}__1": obj.pk}
        )
        if target:
            members = members.filter(changes__target_table__1=target[0])
        wanted |= Q(table_name=table, row_id__in=members.values("row_id"))
    return AuditEntry.objects.filter(wanted)


def _event(
    entry: AuditEntry,
    model: type[Model] | None,
    people: dict[Any, Any],
    veil: Veil | None,
) -> HistoryEntry:
    hidden = veil.columns if veil else frozenset[str]()
    return HistoryEntry(
        at=entry.at,
        who=_who(entry, people),
        what=_what(entry, model),
        changes=tuple(_changes(entry, model, hidden, people)),
        reason=entry.reason,
        source=entry.source,
    )


def _who(entry: AuditEntry, people: dict[Any, Any]) -> str:
    if entry.actor:
        return str(people.get(entry.actor) or _("person %d, removed") % entry.actor)
    if entry.source:
        return _("by itself (%s)") % entry.source
    return _("SQL by hand, as %s") % entry.database_role


def _what(entry: AuditEntry, model: type[Model] | None) -> str:
    name = str(model._meta.verbose_name) if model else entry.table_name
    made, changed, deleted = _("%s made"), _("%s changed"), _("%s deleted")
    words = {"INSERT": made, "UPDATE": changed, "DELETE": deleted}
    return words[entry.operation] % name


def _changes(
    entry: AuditEntry,
    model: type[Model] | None,
    hidden: frozenset[str],
    people: dict[Any, Any],
) -> Iterator[Change]:
    """The visible changes: neither the primary key nor empty values that stay empty."""
    for column, values in sorted(entry.changes.items()):
        if column in hidden:
            continue
        before, after = values
        change = _change(model, column, before, after, people)
        if column != "id" and change.before != change.after:
            yield change


def _change(
    model: type[Model] | None,
    column: str,
    before: Any,
    after: Any,
    people: dict[Any, Any],
) -> Change:
    field = _field(model, column)
    name = str(field.verbose_name) if field else column
    if _names_person(field):
        before, after = _named(before, people), _named(after, people)
    is_internal = column in getattr(model, "internal_columns", ())
    return Change(name, _value(field, before), _value(field, after), is_internal)


def _named(key: Any, people: dict[Any, Any]) -> Any:
    """The person's name; people who were removed have none."""
    return key if key is None else str(people.get(key) or _("person %d, removed") % key)


def _field(model: type[Model] | None, column: str) -> Field[Any, Any] | None:
    fields = model._meta.concrete_fields if model else ()
    return next((field for field in fields if field.column == column), None)


def _value(field: Field[Any, Any] | None, value: Any) -> str:
    """A value for people: a state's label, a datetime, a short text."""
    if value is None or value == "":
        return NOTHING
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    moment = parse_datetime(value) if _is_moment(field, value) else None
    if DIGEST.match(str(value)):
        return _("text %s") % str(value)[:8]
    text = _moment(moment) if moment else str(value)
    return shown(text)


def _moment(moment: datetime) -> str:
    """A datetime in the zone of the page."""
    return exact_moment(moment, timezone.get_current_timezone())


def _is_moment(field: Field[Any, Any] | None, value: Any) -> bool:
    kind = field.get_internal_type() if field is not None else ""
    return kind == "DateTimeField" and isinstance(value, str)
