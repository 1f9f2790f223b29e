"""What a copy of a competition takes over, and what is proposed for the rest."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from itertools import count
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from competitions.models import Competition

# All else of a competition is asked for, or belongs to its own course.
COPIED = (
    "organization",
    "summary",
    "brief",
    "rules",
    "contact",
    "cover",
    "cover_width",
    "cover_height",
    "cover_alt",
    "time_zone",
    "upload_window",
    "declared_upload_window",
    "max_entries",
    "max_megabytes",
    "blind",
)
COPIED_OF_CATEGORIES = ("name", "slug", "position")
COPIED_OF_PRIZES = ("name", "description", "position")


class Proposal(NamedTuple):
    """What the form of a copy begins with."""

    title: str
    slug: str
    opens_at: datetime | None
    closes_at: datetime | None


def proposed(competition: Competition, now: datetime) -> Proposal:
    """The dates moved by whole years, and a title and slug that are free.

    It is the smallest number of years after which the deadline is ahead, at least
    one. Years in the title and the slug move along.
    """
    opens_at, closes_at = competition.opens_at, competition.closes_at
    years = _years_until_ahead(closes_at or opens_at, now, competition.zone)
    moved = _moved_years((opens_at, closes_at), years, competition.zone)
    return Proposal(
        _free_title(competition, moved),
        _free_slug(competition, moved),
        _years_later(opens_at, years, competition.zone),
        _years_later(closes_at, years, competition.zone),
    )


def _years_until_ahead(moment: datetime | None, now: datetime, zone: ZoneInfo) -> int:
    if moment is None:
        return 1
    years = max(1, now.year - moment.year)
    later = _years_later(moment, years, zone)
    return years if later and later > now else years + 1


def _years_later(
    moment: datetime | None, years: int, zone: ZoneInfo
) -> datetime | None:
    """The same day and time of a later year; 28 February for the 29th."""
    if moment is None:
        return None
    local = moment.astimezone(zone)
    try:
        return local.replace(year=local.year + years)
    except ValueError:
        return local.replace(year=local.year + years, day=28)


def _moved_years(
    moments: Collection[datetime | None], years: int, zone: ZoneInfo
) -> dict[str, str]:
    found = {moment.astimezone(zone).year for moment in moments if moment}
    return {str(year): str(year + years) for year in found}


def _with_moved_years(text: str, moved: dict[str, str]) -> str:
    return re.sub(r"(?<!\d)\d{4}(?!\d)", lambda year: moved.get(year[0], year[0]), text)


def _free_title(competition: Competition, moved: dict[str, str]) -> str:
    old = competition.title
    title = _with_moved_years(old, moved)
    if title == old:
        title = _("%(title)s (copy)") % {"title": old}
    same = {"organization": competition.organization_id}
    return _free("title", title, " ", **same)


def _free_slug(competition: Competition, moved: dict[str, str]) -> str:
    return _free("slug", _with_moved_years(competition.slug, moved), "-")


def _free(field: str, stem: str, joint: str, **same: Any) -> str:
    """``stem``, with the first number that makes it new if it is taken."""
    column: Any = Competition._meta.get_field(field)
    longest = column.max_length
    # Where a number has to fit, a bit of a long text goes.
    room = longest - len(f"{joint}9999")
    rows = Competition.objects.filter(**{f"{field}__istartswith": stem[:room]}, **same)
    taken = {one.lower() for one in rows.values_list(field, flat=True)}
    if len(stem) <= longest and stem.lower() not in taken:
        return stem
    numbered = (f"{stem[:room]}{joint}{number}" for number in count(2))
    return next(one for one in numbered if one.lower() not in taken)
