"""The journal and the outbox as rows of an export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Model, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.models import AuditEntry, Mail
from mycenas.staff.exports.kinds import Column, Content, Kind

# Which entries of the journal belong to an organization or competition.
Part = Callable[[Model], Q]
_parts: list[Part] = []


def add_journal(*parts: Part) -> None:
    """Register what belongs to an export of a scope's journal."""
    _parts.extend(parts)


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


def _entries(row: Model | None) -> QuerySet[Any]:
    if row is None:
        return AuditEntry.objects.none()
    wanted = Q(pk__in=())
    for part in _parts:
        wanted |= part(row)
    return AuditEntry.objects.filter(wanted).order_by("pk")


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
        Column("changes", Cast("changes", TextField())),
        Column("person", actor_name()),
        Column("source", "source"),
        Column("reason", "reason"),
    ),
)
# No texts: they may hold codes and links to sign in with.
MAIL = Kind(
    name="mail",
    label=_("mail"),
    scopes=("",),
    rows=lambda row: Mail.objects.order_by("pk"),
    rank=2,
    model=Mail,
    columns=(
        Column("to", "to"),
        Column("subject", "subject"),
        Column("created_at", "created_at", Content.MOMENT),
        Column("attempts", "attempts", Content.NUMBER),
        Column("sent_at", "sent_at", Content.MOMENT),
    ),
)
