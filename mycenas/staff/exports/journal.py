"""The journal and the outbox as rows of an export."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.models import AuditEntry, Mail
from mycenas.staff.exports.kinds import Column, Content, Kind

# Returns the rows of a table that belong to an organization or competition.
Part = Callable[[Model], QuerySet[Any]]
_parts: list[Part] = []


def add_journal(*parts: Part) -> None:
    """Register rows whose journal belongs to an export of a scope's journal."""
    _parts.extend(parts)


def _entries(row: Model | None) -> QuerySet[Any]:
    if row is None:
        return AuditEntry.objects.none()
    wanted = Q(pk__in=())
    for part in _parts:
        rows = part(row)
        table = rows.model._meta.db_table
        wanted |= Q(table_name=table, row_id__in=rows.order_by().values("pk"))
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
