"""The journal in words: who changed what, from what to what, why and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from mycenas.core.audit.values import (
    Names,
    Rows,
    all_rows,
    field_of,
    in_words,
    moment,
)
from mycenas.core.models import AuditEntry


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
        words = {"who": self.who, "at": moment(self.at), "what": self.what}
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


def history_of(
    obj: Model, parts: Parts = (), after: int = 0, rows: Rows = all_rows
) -> list[HistoryEntry]:
    """Changes of ``obj`` and of rows of ``parts``, oldest first.

    ``parts`` are tables with the column that names the object's primary key, see
    `Parts`; ``after`` leaves out what the journal held up to that entry; ``rows`` are
    the rows of a model whose names the reader sees: others stay numbers. See also
    `Veil`.
    """
    entries = list(entries_of(obj, parts).filter(pk__gt=after))
    models = {model._meta.db_table: model for model in apps.get_models()}
    veil: Veil | None = getattr(obj, "veil", None)
    names = Names(obj, rows)
    for entry in entries:
        names.note(entry, models.get(entry.table_name))
    if veil is not None:
        names.hide(veil.person, veil.name)
    return [
        _event(entry, models.get(entry.table_name), names, veil) for entry in entries
    ]


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
    names: Names,
    veil: Veil | None,
) -> HistoryEntry:
    hidden = veil.columns if veil else frozenset[str]()
    return HistoryEntry(
        at=entry.at,
        who=_who(entry, names),
        what=_what(entry, model),
        changes=tuple(_changes(entry, model, hidden, names)),
        reason=entry.reason,
        source=entry.source,
    )


def _who(entry: AuditEntry, names: Names) -> str:
    if entry.actor:
        return names.person(entry.actor)
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
    names: Names,
) -> Iterator[Change]:
    """The visible changes: neither the primary key nor empty values that stay empty."""
    for column, (before, after) in sorted(entry.changes.items()):
        if column in hidden or column == "id":
            continue
        field = field_of(model, column)
        words = in_words(field, before, after, names)
        if words is not None:
            name = str(field.verbose_name) if field else column
            is_internal = column in getattr(model, "internal_columns", ())
            yield Change(name, *words, is_internal)
