"""The checklist before a competition opens, see `mycenas.staff.dashboard`.

What is missing blocks, as `competitions.workflow` says. Nothing else here does, but
each may be a mistake.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from competitions.models import Competition
from competitions.roles.models import CompetitionRole
from competitions.workflow import missing
from mycenas.accounts.models import STAFF_ROLES, Membership, Role
from mycenas.core.templatetags.ui import span
from mycenas.staff.dashboard import Point

MEGABIT = 1_000_000 / 8
# What a slow line at home uploads.
SLOW_LINE = 2 * MEGABIT
MEGABYTE = 1024 * 1024
SHORTEST = timedelta(days=1)


def before_opening(
    competitions: list[Competition], now: datetime
) -> dict[int, list[Point]]:
    """The points of each draft by its primary key."""
    people = _deciders(competitions) if competitions else {}
    return {
        one.pk: [*_of_itself(one, now), *_of_its_people(one, people.get(one.pk, {}))]
        for one in competitions
    }


def _of_itself(competition: Competition, now: datetime) -> Iterator[Point]:
    change = reverse("admin:competitions_competition_change", args=[competition.pk])
    for name in missing(competition):
        yield Point(gettext("It needs %(what)s.") % {"what": name}, change)
    if competition.closes_at is not None and competition.closes_at <= now:
        yield Point(_("The deadline has passed already; set another."), change)
    for look in CHECKLIST:
        if sentence := look(competition, now):
            yield Point(sentence, change, blocks=False)


# --- the people who decide on entries

Roles = dict[int, set[str]]


def _deciders(competitions: list[Competition]) -> dict[int, Roles]:
    """Of each competition the people who may decide on entries, with their roles."""
    found: dict[int, Roles] = defaultdict(lambda: defaultdict(set))
    which = {"role__in": STAFF_ROLES, "user__is_active": True}
    single = CompetitionRole.objects.filter(competition__in=competitions, **which)
    for key, user, role in single.values_list("competition", "user", "role"):
        found[key][user].add(role)
    owners = {one.organization_id for one in competitions}
    whole = Membership.objects.filter(organization__in=owners, **which)
    members = list(whole.values_list("organization", "user", "role"))
    for one in competitions:
        for owner, user, role in members:
            if owner == one.organization_id:
                found[one.pk][user].add(role)
    return found


def _of_its_people(competition: Competition, people: Roles) -> Iterator[Point]:
    page = reverse("admin:competitions_competition_people", args=[competition.pk])
    if not any(Role.MODERATOR in roles for roles in people.values()):
        sentence = gettext("It has no moderator: its organizers decide on the entries.")
        yield Point(sentence, page, blocks=False)
    if len(people) < 2:
        sentence = gettext(
            "Only one person may decide on its entries. Appeals, disqualifications and "
            "entries of that person need a second one."
        )
        yield Point(sentence, page, blocks=False)


# --- its dates, limits and texts

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
