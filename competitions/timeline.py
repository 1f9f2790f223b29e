"""What happened to a published competition, for everybody, from the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import dropwhile
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from competitions.models import Competition
from competitions.states import CompetitionState as S
from mycenas.accounts.models import User
from mycenas.core.models import AuditEntry

Text = str | Promise

MOVES = {
    S.OPEN: _("The competition was published."),
    S.MODERATION: _("Entries closed; they are being checked and judged."),
    S.CLOSED: _("All entries are decided; the competition was closed."),
    S.WINNER_ANNOUNCED: _("The winners were announced."),
}


@dataclass(frozen=True)
class TimelineEntry:
    """One public act: what was done, by which role, when and why.

    The deadline before and after stands with acts that moved it.
    """

    at: datetime
    what: Text
    by: Text
    reason: str
    before: datetime | None = None
    after: datetime | None = None


def timeline_of(competition: Competition) -> list[TimelineEntry]:
    """The public acts since the publication, oldest first; names stay with the staff.

    The journal keeps each reason for good, whatever the row says later. Dates of drafts
    bind no organizer, so they are left out.
    """
    entries = AuditEntry.objects.filter(
        table_name=Competition._meta.db_table,
        row_id=competition.pk,
        operation="UPDATE",
        changes__has_any_keys=["state", "closes_at", "cancelled_at"],
    )
    public = [*dropwhile(lambda one: _states(one.changes)[0] != S.DRAFT, entries)]
    administrators = User.objects.filter(
        pk__in={entry.actor for entry in public if entry.actor}, is_superuser=True
    ).values_list("pk", flat=True)
    return [_event(entry, set(administrators)) for entry in public]


def _event(entry: AuditEntry, administrators: set[int]) -> TimelineEntry:
    dates = entry.changes.get("closes_at", ("", ""))
    before, after = (parse_datetime(date) if date else None for date in dates)
    return TimelineEntry(
        at=entry.at,
        what=_what(entry.changes),
        by=_by(entry, administrators),
        reason=entry.reason or _reason_in(entry.changes),
        before=before,
        after=after,
    )


def _states(changes: dict[str, Any]) -> tuple[Any, Any]:
    before, after = changes.get("state", (None, None))
    return before, after


def _what(changes: dict[str, Any]) -> Text:
    if "cancelled_at" in changes:
        return _("The competition was cancelled.")
    state = _states(changes)[1]
    if state == S.MODERATION and "closes_at" in changes:
        return _("Entries were stopped early.")
    return MOVES.get(state, _("The deadline was moved."))


def _reason_in(changes: dict[str, Any]) -> str:
    """The reason that the row took, for acts that were not given one beside it."""
    names = ("cancel_reason", "deadline_reason")
    return next((changes[name][1] for name in names if name in changes), "")


def _by(entry: AuditEntry, administrators: set[int]) -> Text:
    if entry.actor in administrators:
        return _("an administrator of the site")
    if entry.actor:
        return _("an organizer")
    return (
        _("the site, by itself") if entry.source else _("an operator, in the database")
    )
