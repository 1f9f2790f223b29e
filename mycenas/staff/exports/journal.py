"""The journal and the outbox as rows of an export."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    Exists,
    F,
    Func,
    JSONField,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.models import AuditEntry, Mail
from mycenas.staff.dashboard import Text
from mycenas.staff.exports.kinds import Column, Content, Kind
from mycenas.staff.outbox import outbox_for

# Which entries of the journal, or mails, belong to an organization or competition.
Part = Callable[[Model], Q]
_parts: list[Part] = []
_mails: list[Part] = []


@dataclass(frozen=True)
class Veiled:
    """Rows whose journal hides a person from some: its name, and columns.

    ``rows`` returns the rows of ``model`` that are hidden from a person, None for none;
    ``person`` is their field with the key of the hidden person.
    """

    model: type[Model]
    rows: Callable[[User], QuerySet[Any] | None]
    person: str
    name: Text
    columns: Collection[str]


_veiled: list[Veiled] = []


def add_veiled(*several: Veiled) -> None:
    """Register rows whose journal hides a person."""
    _veiled.extend(several)


def add_journal(*parts: Part) -> None:
    """Register what belongs to an export of a scope's journal."""
    _parts.extend(parts)


def add_mails(*parts: Part) -> None:
    """Register what belongs to an export of a scope's mail."""
    _mails.extend(parts)


def changes_of_rows(rows: QuerySet[Any]) -> Q:
    """Entries about these rows, of a table whose rows are never deleted."""
    keys = rows.order_by().values("pk")
    return Q(table_name=rows.model._meta.db_table, row_id__in=keys)


def changes_of(model: type[Model], field: str, owners: Sequence[int]) -> Q:
    """Entries about rows that belong, or belonged, to ``owners`` by this foreign key.

    The journal says of a deleted row whose it was.
    """
    table = model._meta.db_table
    return Q(table_name=table, row_id__in=keys_of(model, field, owners))


def keys_of(model: type[Model], field: str, owners: Sequence[int]) -> list[int]:
    """The keys of such rows; rows that are older than the journal are in none."""
    column = f"{field}_id"
    living = model._default_manager.filter(**{f"{column}__in": owners})
    named = Q()
    for side in (0, 1):
        named |= Q(**{f"changes__{column}__{side}__in": owners})
    journal = AuditEntry.objects.filter(named, table_name=model._meta.db_table)
    found = {*living.values_list("pk", flat=True)}
    return sorted(found.union(journal.values_list("row_id", flat=True)))


def _entries(row: Model | None, by: User) -> QuerySet[Any]:
    if row is None:
        return AuditEntry.objects.none()
    changes: Any = F("changes")
    person: Any = actor_name()
    for veil in _veiled:
        if (hidden := veil.rows(by)) is not None:
            changes, person = _without(veil, hidden, changes, person)
    found = AuditEntry.objects.filter(pk__in=_keys_for(row)).annotate(
        shown_changes=Cast(changes, TextField()), shown_person=person
    )
    return found.order_by("pk")


def _keys_for(row: Model) -> QuerySet[Any]:
    """The keys of all entries that belong to the row, part by part.

    With one condition for all parts PostgreSQL searches the entries of a large
    competition anew for each row of the journal; a part by itself is joined.
    """
    several = [AuditEntry.objects.filter(part(row)).order_by() for part in _parts]
    first, *others = [rows.values("pk") for rows in several]
    return first.union(*others, all=True)


def _without(
    veil: Veiled, hidden: QuerySet[Any], changes: Any, person: Any
) -> tuple[Any, Any]:
    """The same two expressions, for the person from whom ``hidden`` rows are veiled."""
    rows = hidden.order_by()
    table = veil.model._meta.db_table
    is_hidden = Q(table_name=table) & Q(Exists(rows.filter(pk=OuterRef("row_id"))))
    here = {"pk": OuterRef("row_id"), veil.person: OuterRef("actor")}
    name = Value(str(veil.name), output_field=TextField())
    fewer = Func(
        changes,
        Value(list(veil.columns)),
        template="(%(expressions)s::text[])",
        arg_joiner=" - ",
        output_field=JSONField(),
    )
    return (
        Case(When(is_hidden, then=fewer), default=changes, output_field=JSONField()),
        Case(
            When(is_hidden & Q(Exists(rows.filter(**here))), then=name),
            default=person,
            output_field=TextField(),
        ),
    )


def actor_name() -> Subquery:
    """The name of the person who made a change; NULL if it was none."""
    return Subquery(User.objects.filter(pk=OuterRef("actor")).values("name"))


JOURNAL = Kind(
    name="journal",
    label=_("audit log"),
    scopes=("competition", "organization"),
    rows=_entries,
    rank=1,
    columns=(
        Column("at", "at", Content.MOMENT),
        Column("table", "table_name"),
        Column("row", "row_id", Content.NUMBER),
        Column("operation", "operation"),
        Column("changes", "shown_changes"),
        Column("person", "shown_person"),
        Column("source", "source"),
        Column("reason", "reason"),
    ),
)


def _outbox(row: Model | None, by: User) -> QuerySet[Any]:
    mails = outbox_for(by).order_by("pk")
    if row is None:
        return mails
    belongs = Q()
    for part in _mails:
        belongs |= part(row)
    return mails.filter(belongs)


# No texts: they may hold codes and links to sign in with.
MAIL = Kind(
    name="mail",
    label=_("mail"),
    scopes=("competition", "organization", ""),
    rows=_outbox,
    rank=2,
    model=Mail,
    columns=(
        Column("to", "recipient"),
        Column("subject", "subject"),
        Column("created_at", "created_at", Content.MOMENT),
        Column("attempts", "attempts", Content.NUMBER),
        Column("sent_at", "sent_at", Content.MOMENT),
    ),
)
