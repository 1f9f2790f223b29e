"""What organizers have to do in their competitions, and what to look at before opening.

Registered with `mycenas.staff.dashboard`, as in the apps above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Case, F, Value, When
from django.db.models.query import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from competitions.models import Competition
from competitions.states import CompetitionState as S
from competitions.workflow import missing
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
from mycenas.staff.overview import Fact, Step

MEGABIT = 1_000_000 / 8
# What a slow line at home uploads.
SLOW_LINE = 2 * MEGABIT
MEGABYTE = 1024 * 1024
SHORTEST = timedelta(days=1)
STEPS = {
    S.DRAFT: ("open", _("Open it for entries")),
    S.MODERATION: ("close", _("Close it, and freeze the entries")),
    S.CLOSED: ("announce", _("Announce the winners")),
}


def cards(request: HttpRequest) -> list[Card]:
    rows = rows_of(request, Competition)
    if rows is None:
        return []
    drafts = count(rows.filter(state=S.DRAFT, cancelled_at=None))
    return [
        Card(
            in_words(drafts),
            ngettext("competition in draft", "competitions in draft", drafts),
            list_address(
                Competition, state__exact=S.DRAFT.value, cancelled_at__isnull=True
            ),
            waits=drafts > 0,
            rank=1,
        )
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


def next_step(competition: Competition) -> Step | None:
    if competition.is_cancelled or competition.is_final:
        return None
    if competition.state == S.OPEN:
        return Step(_("Moderation begins by itself at the deadline"))
    verb, label = STEPS[S(competition.state)]
    name = "admin:competitions_competition_do"
    return Step(label, reverse(name, args=[competition.pk, verb]))


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
    return {one.pk: list(_points(one, now)) for one in competitions}


def _points(competition: Competition, now: datetime) -> Iterator[Point]:
    is_over = competition.closes_at is not None and competition.closes_at <= now
    if competition.is_cancelled:
        return
    if competition.state == S.DRAFT:
        yield from _before_opening(competition, is_over, now)
    elif competition.state == S.OPEN and is_over:
        sentence = _("The deadline has passed; the next sweep begins the moderation.")
        yield Point(sentence, blocks=False)


def _before_opening(
    competition: Competition, is_over: bool, now: datetime
) -> Iterator[Point]:
    change = reverse("admin:competitions_competition_change", args=[competition.pk])
    for name in missing(competition):
        yield Point(gettext("It needs %(what)s.") % {"what": name}, change)
    if is_over:
        yield Point(_("The deadline has passed already; set another."), change)
    for look in CHECKLIST:
        if sentence := look(competition, now):
            yield Point(sentence, change, blocks=False)


# --- the checklist before opening: nothing here blocks, but each may be a mistake

Look = Callable[[Competition, datetime], str | None]


def _deadline_at_midnight(competition: Competition, now: datetime) -> str | None:
    local = _local(competition, competition.closes_at)
    if local is None or local.time() != time():
        return None
    before = (local - timedelta(days=1)).strftime("%Y-%m-%d")
    sentence = gettext(
        "The deadline is at midnight, when %(day)s begins. Many people read that as a "
        "day more. 23:59 of %(before)s leaves no doubt."
    )
    return sentence % {"day": f"{local:%Y-%m-%d}", "before": before}


def _zone_is_the_default(competition: Competition, now: datetime) -> str | None:
    if competition.time_zone != "UTC":
        return None
    return gettext(
        "The dates are in UTC. If your artists live elsewhere, choose the time zone of "
        "their place."
    )


def _no_categories(competition: Competition, now: datetime) -> str | None:
    if competition.categories.exists():
        return None
    return gettext("It has no categories: all entries compete with each other.")


def _no_summary(competition: Competition, now: datetime) -> str | None:
    if competition.summary.strip():
        return None
    return gettext("It has no summary; lists show only its title.")


def _open_shortly(competition: Competition, now: datetime) -> str | None:
    opens, closes = competition.opens_at, competition.closes_at
    if not opens or not closes or closes - max(opens, now) >= SHORTEST or closes <= now:
        return None
    left = span(closes - max(opens, now), units=2)
    return gettext("Entries are taken for %(time)s only.") % {"time": left}


def _opens_at_once(competition: Competition, now: datetime) -> str | None:
    if not competition.opens_at or competition.opens_at > now:
        return None
    return gettext("Its opening date has passed: it takes entries as soon as it opens.")


def _declared_window_is_shorter(competition: Competition, now: datetime) -> str | None:
    declared, window = competition.declared_upload_window, competition.upload_window
    if declared >= window:
        return None
    sentence = gettext(
        "The upload windows contradict each other: a declared file has %(declared)s, "
        "less than the %(window)s of other files. The longer one counts."
    )
    return sentence % {"declared": span(declared), "window": span(window)}


def _file_is_too_large_for_its_window(
    competition: Competition, now: datetime
) -> str | None:
    window = max(competition.upload_window, competition.declared_upload_window)
    needed = timedelta(seconds=competition.max_megabytes * MEGABYTE / SLOW_LINE)
    if needed <= window:
        return None
    sentence = gettext(
        "The limits contradict each other: on a line of 2 Mbit/s a file of %(size)d MB "
        "takes %(needed)s, and the upload window is %(window)s."
    )
    return sentence % {
        "size": competition.max_megabytes,
        "needed": span(needed, units=2),
        "window": span(window),
    }


CHECKLIST: list[Look] = [
    _deadline_at_midnight,
    _zone_is_the_default,
    _open_shortly,
    _opens_at_once,
    _declared_window_is_shorter,
    _file_is_too_large_for_its_window,
    _no_categories,
    _no_summary,
]


def _local(competition: Competition, moment: datetime | None) -> datetime | None:
    return moment.astimezone(competition.zone) if moment else None
