"""Template tags shared by every page: moments, deadlines, state badges, icons."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import segno
from django import template
from django.conf import settings
from django.template.loader import get_template
from django.templatetags.static import static
from django.urls import get_script_prefix
from django.utils import dateformat
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext, pgettext

from mycenas.core.db import database
from mycenas.core.fields import sentences
from mycenas.core.models import Stateful

register = template.Library()
register.filter(sentences)


def zone_name(moment: datetime) -> str:
    """City and abbreviation of an aware moment's zone: “Athens, EET” or “UTC”."""
    city = _city(moment.tzinfo)
    abbreviation = moment.tzname() or ""
    if abbreviation[:1] in {"+", "-"}:
        sign = "−" if abbreviation[0] == "-" else "+"
        abbreviation = f"UTC{sign}{abbreviation[1:3]}:{abbreviation[3:5] or '00'}"
    return f"{city}, {abbreviation}" if city else abbreviation


def _city(zone: tzinfo | None) -> str:
    key = zone.key if isinstance(zone, ZoneInfo) else ""
    return key.rpartition("/")[2].replace("_", " ") if "/" in key else ""


def _written(local: datetime) -> str:
    written = dateformat.format(local, pgettext("date format", "l, j F Y, H:i"))
    return f"{written} ({zone_name(local)})"


@register.simple_tag
def exact_moment(value: datetime | None, zone: tzinfo | str) -> str:
    """An aware moment in ``zone`` with its seconds, as plain text; '' for None."""
    if value is None:
        return ""
    local = _in_zone(value, zone)
    pattern = pgettext("date format with seconds", "l, j F Y, H:i:s")
    return f"{dateformat.format(local, pattern)} ({zone_name(local)})"


@register.simple_tag
def exact_time(value: datetime | None, zone: tzinfo | str) -> str:
    """Like ``exact_moment``, as a ``time`` element."""
    if value is None:
        return ""
    return _time_element(_in_zone(value, zone), exact_moment(value, zone))


def _time_element(local: datetime, text: str) -> SafeString:
    iso = local.isoformat(timespec="seconds")
    return format_html('<time datetime="{}">{}</time>', iso, text)


def _in_zone(value: datetime, zone: tzinfo | str) -> datetime:
    return value.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)


@register.simple_tag
def moment(value: datetime | None, zone: tzinfo | str) -> str:
    """An aware moment written in ``zone``, which is always named; '' for None."""
    if value is None:
        return ""
    local = _in_zone(value, zone)
    return _time_element(local, _written(local))


@register.simple_tag
def deadline_moment(value: datetime | None, zone: tzinfo | str) -> str:
    """Like ``moment``, with the seconds of a deadline that is not on a full minute.

    An early stop sets such a one; what arrives later in the same minute is too late.
    """
    if value is None:
        return ""
    return _time_element(_in_zone(value, zone), deadline_text(value, zone))


@register.simple_tag
def deadline_text(value: datetime | None, zone: tzinfo | str) -> str:
    """Like ``deadline_moment`` but plain text."""
    is_full = value is None or not (value.second or value.microsecond)
    return moment_text(value, zone) if is_full else exact_moment(value, zone)


@register.simple_tag
def moment_text(value: datetime | None, zone: tzinfo | str) -> str:
    """Like ``moment`` but plain text, for mails."""
    return _written(_in_zone(value, zone)) if value else ""


@register.filter
def age(value: timedelta) -> str:
    """A length of time that grows, by its two largest units, as `deadline` says it."""
    return span(value, units=2)


@register.filter
def span(value: timedelta, units: int = 4) -> str:
    """A length of time: “15 minutes”, “1 day 12 hours”.

    It is never rounded up; ``units`` of days, hours, minutes and seconds at most.
    Months and years have no length of their own, so days are the largest unit.
    """
    seconds = max(0, int(value.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    parts = (
        (days, ngettext("%d day", "%d days", days)),
        (hours, ngettext("%d hour", "%d hours", hours)),
        (minutes, ngettext("%d minute", "%d minutes", minutes)),
        (seconds % 60, ngettext("%d second", "%d seconds", seconds % 60)),
    )
    largest = next((place for place, (value, _) in enumerate(parts) if value), 3)
    kept = [words % value for value, words in parts[largest:][:units] if value]
    return " ".join(kept) or ngettext("%d second", "%d seconds", 0) % 0


@register.filter
def grouped(value: int | None) -> str:
    """A whole number with its thousands apart: 1234567 becomes 1,234,567."""
    return "" if value is None else str(number_format(value, force_grouping=True))


@register.simple_tag
def fixed(template_name: str, **facts: object) -> SafeString:
    """A part of all pages that depends on nothing but these facts, each true or false.

    It is rendered without the page's context and kept, for each language.
    """
    render = _fixed.__wrapped__ if settings.DEBUG else _fixed
    known = tuple((name, bool(value)) for name, value in facts.items())
    return render(template_name, known, get_language(), get_script_prefix())


@lru_cache(maxsize=128)
def _fixed(
    template_name: str, facts: tuple[tuple[str, bool], ...], *_more: object
) -> SafeString:
    return mark_safe(get_template(template_name).render(dict(facts)))  # noqa: S308  ours


@register.inclusion_tag("includes/_state_badge.html")
def state_badge(stateful: Stateful) -> dict[str, object]:
    """The state's label; a cancelled competition shows that instead."""
    if getattr(stateful, "is_cancelled", False):
        return {"state": "cancelled", "label": gettext("cancelled")}
    label = stateful.get_state_display()  # type: ignore[attr-defined]
    machine = getattr(stateful, "machine", None)
    state = machine.states(stateful.state) if machine else None
    return {"state": stateful.state, "label": getattr(state, "shown", label)}


@register.inclusion_tag("includes/_deadline.html")
def deadline(competition: Any, now: datetime | None = None) -> dict[str, object]:
    """How long until entries open or close, and the date itself.

    Without ``now`` the database is asked, so lists should pass it. The page's script
    counts on from the same moment, so the sentences go with it.
    """
    present = now or database.now()
    words, at = next_date(competition, present)
    is_ahead = at is not None and present <= at
    is_early = competition.is_stopped_early
    return {
        "words": words,
        "at": at,
        "zone": competition.zone,
        "reason": competition.deadline_reason if is_ahead or is_early else "",
        "is_early": is_early,
        "now": _milliseconds(present),
        "opens": _milliseconds(competition.opens_at),
        "closes": _milliseconds(competition.closes_at),
        "opens_date": deadline_text(competition.opens_at, competition.zone),
        "closes_date": deadline_text(competition.closes_at, competition.zone),
    }


def _milliseconds(value: datetime | None) -> int | None:
    return int(value.timestamp() * 1000) if value else None


def next_date(competition: Any, now: datetime) -> tuple[str, datetime | None]:
    """How long until entries open or close, and when; ('', None) without dates."""
    opens_at, closes_at = competition.opens_at, competition.closes_at
    if competition.is_cancelled or not opens_at or not closes_at:
        return "", None
    if now < opens_at:
        return _say(gettext("Opens in %(time)s"), now, opens_at), opens_at
    if now <= closes_at:
        return _say(gettext("Closes in %(time)s"), now, closes_at), closes_at
    return _say(gettext("Closed %(time)s ago"), closes_at, now), closes_at


def _say(sentence: str, start: datetime, end: datetime) -> str:
    return sentence % {"time": age(end - start)}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A decorative icon of the sprite; the text beside it carries the meaning."""
    return format_html(
        '<svg class="icon" width="20" height="20" aria-hidden="true" '
        'focusable="false"><use href="{}#{}"></use></svg>',
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def qr_code(address: str) -> SafeString:
    """A QR code as SVG, dark on light in every scheme, or cameras would not read it."""
    code = segno.make(address, error="m", micro=False)
    svg = code.svg_inline(
        scale=4,
        dark="#000",
        light="#fff",
        title=gettext("QR code of this address"),
        svgclass="qr",
        lineclass=None,
        omitsize=True,
    )
    return mark_safe(svg)  # noqa: S308  made here, and the title is escaped by segno
