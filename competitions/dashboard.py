"""What organizers have to do in their competitions.

Registered with `mycenas.staff.dashboard`, as in the apps above.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Case, F, Value, When
from django.db.models.query import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from competitions.checklist import before_opening
from competitions.models import Competition
from competitions.states import CompetitionState as S
from competitions.workflow import incomplete
from mycenas.core.db import database
from mycenas.core.templatetags.ui import exact_moment, next_date, span
from mycenas.staff.dashboard import (
    Card,
    Point,
    count,
    in_words,
    list_address,
    rows_of,
)
from mycenas.staff.overview import Fact, NextStep

INCOMPLETE = "incomplete"
STEPS = {
    S.DRAFT: ("open", _("Open it for entries")),
    S.MODERATION: ("close", _("Close it, and freeze the entries")),
    S.CLOSED: ("announce", _("Announce the winners")),
}


class DraftFilter(admin.SimpleListFilter):
    """Whether something is missing before a draft can open."""

    title = _("draft")
    parameter_name = "draft"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(INCOMPLETE, _("incomplete"))]

    def queryset(
        self, request: HttpRequest, rows: QuerySet[Competition]
    ) -> QuerySet[Competition]:
        return rows.filter(incomplete()) if self.value() == INCOMPLETE else rows


def cards(request: HttpRequest) -> list[Card]:
    """The drafts, and those of them of which the checklist misses something."""
    rows = rows_of(request, Competition)
    if rows is None:
        return []
    drafts = count(rows.filter(state=S.DRAFT, cancelled_at=None))
    unfinished = count(rows.filter(incomplete()))
    return [
        Card(
            in_words(drafts),
            ngettext("competition in draft", "competitions in draft", drafts),
            list_address(
                Competition, state__exact=S.DRAFT.value, cancelled_at__isnull=True
            ),
            waits=drafts > 0,
            rank=1,
        ),
        Card(
            in_words(unfinished),
            ngettext("incomplete draft", "incomplete drafts", unfinished),
            list_address(Competition, draft=INCOMPLETE),
            _("Their checklist says what is missing."),
            waits=unfinished > 0,
            rank=1,
        ),
    ]


def due(rows: QuerySet[Competition]) -> QuerySet[Competition]:
    """Those with a next step, by deadline; those that wait for a person come first."""
    waits = Case(
        When(state__in=(S.MODERATION, S.CLOSED), then=Value(0)),
        When(state=S.OPEN, then=Value(1)),
        default=Value(2),
    )
    return (
        rows.filter(cancelled_at=None)
        .exclude(state=S.WINNER_ANNOUNCED)
        .order_by(waits, F("closes_at").asc(nulls_last=True), "pk")
    )


def next_step(competition: Competition) -> NextStep | None:
    if competition.is_cancelled or competition.is_final:
        return None
    if competition.state == S.OPEN:
        return NextStep(_("Moderation begins by itself at the deadline"))
    verb, label = STEPS[S(competition.state)]
    name = "admin:competitions_competition_do"
    return NextStep(label, reverse(name, args=[competition.pk, verb]))


def when(competition: Competition, now: datetime) -> Fact:
    """The next date, or the deadline that has passed; in the competition's zone."""
    words, at = next_date(competition, now)
    if at is None:
        return Fact(_("deadline"), _("not set"))
    return Fact(_("deadline"), words, exact_moment(at, competition.zone))


def facts(competition: Competition, now: datetime) -> list[Fact]:
    zone, (words, at) = competition.zone, next_date(competition, now)
    opens = exact_moment(competition.opens_at, zone) or gettext("not set")
    closes = exact_moment(competition.closes_at, zone) or gettext("not set")
    return [
        Fact(_("Entries open"), opens, words if at == competition.opens_at else ""),
        Fact(_("Deadline"), closes, words if at == competition.closes_at else ""),
        *_reasons(competition),
        Fact(_("Entries per person"), str(competition.max_entries)),
        Fact(
            _("Largest file"),
            gettext("%d MB") % competition.max_megabytes,
            _windows(competition),
        ),
        Fact(_("Organization"), str(competition.organization)),
    ]


def _reasons(competition: Competition) -> Iterator[Fact]:
    """Why it is cancelled, and why its deadline is another than it was."""
    if competition.is_cancelled:
        at = exact_moment(competition.cancelled_at, competition.zone)
        yield Fact(_("Cancelled"), at, competition.cancel_reason)
    if competition.deadline_reason:
        moved, early = _("Why the deadline was moved"), _("Why entries stopped early")
        label = early if competition.is_stopped_early else moved
        yield Fact(label, competition.deadline_reason)


def _windows(competition: Competition) -> str:
    window, declared = competition.upload_window, competition.declared_upload_window
    if declared <= window:
        return gettext("within %(time)s") % {"time": span(window)}
    sentence = gettext("within %(time)s; within %(more)s with its size and SHA-256")
    return sentence % {"time": span(window), "more": span(declared)}


def checks(request: HttpRequest, competitions: list[Any]) -> dict[int, list[Point]]:
    now = database.now()
    going_on = [one for one in competitions if not one.is_cancelled]
    drafts = [one for one in going_on if one.state == S.DRAFT]
    return {
        **{one.pk: list(_overdue(one, now)) for one in going_on if one.state == S.OPEN},
        **before_opening(drafts, now),
    }


def _overdue(competition: Competition, now: datetime) -> Iterator[Point]:
    if competition.closes_at is not None and competition.closes_at <= now:
        sentence = _("The deadline has passed; the next sweep begins the moderation.")
        yield Point(sentence, blocks=False)
