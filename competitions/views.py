"""A competition's cover, and its next date for calendars.

Its pages are in `mycenas.pages`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from icalendar import STATUS, Alarm, Calendar, Event

from competitions.access import visible_or_404
from competitions.covers.workflow import file_name
from competitions.models import Competition
from competitions.states import CompetitionState
from mycenas.core.db import database
from mycenas.imaging.rendering import WIDTHS
from mycenas.storage import store

REMIND_BEFORE = timedelta(days=1)
A_YEAR = timedelta(days=366)


@require_safe
def cover(request: HttpRequest, slug: str, name: str, width: int) -> FileResponse:
    """One size of the cover that the competition has now; another has another name."""
    competition = visible_or_404(request.user, slug)
    if not competition.cover or competition.cover != name or width not in WIDTHS:
        raise Http404
    try:
        file = store().open_cover(file_name(name, width))
    except FileNotFoundError as error:
        raise Http404 from error
    is_public = competition.state != CompetitionState.DRAFT
    response = FileResponse(file, content_type="image/webp")
    response["Cache-Control"] = (
        "public, max-age=3600" if is_public else "private, no-store"
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@never_cache
@require_safe
def calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """The next date of a competition as iCalendar with its zone; 404 without one.

    A deadline that came early, or will not come, is there with the reason: a calendar
    that has it from before takes the new one in its place.
    """
    competition = visible_or_404(request.user, slug)
    now = database.now()
    is_over = competition.is_cancelled or competition.is_stopped_early
    at = competition.closes_at if is_over else competition.next_date(now)
    if at is None:
        raise Http404
    file = Calendar()
    file.add("prodid", f"-//{settings.SITE_NAME}//EN")
    file.add("version", "2.0")
    file.add_component(_event(competition, at, now))
    file.add_missing_timezones(
        first_date=(at - A_YEAR).date(), last_date=(at + A_YEAR).date()
    )
    return HttpResponse(
        file.to_ical(),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{slug}.ics"'},
    )


def _event(competition: Competition, at: datetime, now: datetime) -> Event:
    if at == competition.opens_at:
        kind, sentence = "opening", _("Entries open: %(title)s")
    else:
        kind, sentence = "deadline", _("Deadline: %(title)s")
    summary = sentence % {"title": competition.title}
    event = Event.new(
        uid=f"{competition.slug}-{kind}@{urlsplit(settings.BASE_URL).hostname}",
        stamp=now,
        start=at.astimezone(competition.zone).replace(microsecond=0),
        summary=summary,
        description=_why(competition),
        status=STATUS.CANCELLED if competition.is_cancelled else STATUS.CONFIRMED,
        url=f"{settings.BASE_URL}{competition.get_absolute_url()}",
    )
    if at > now and not competition.is_cancelled:
        event.add_component(Alarm.new_display(summary, -REMIND_BEFORE))
    return event


def _why(competition: Competition) -> str | None:
    """Why the date is another than it was; None if it is not."""
    if competition.is_cancelled:
        sentence = _("This competition is cancelled.")
        return f"{sentence} {competition.cancel_reason}"
    if not competition.deadline_reason:
        return None
    moved, early = _("The deadline was moved:"), _("Entries were stopped early:")
    sentence = early if competition.is_stopped_early else moved
    return f"{sentence} {competition.deadline_reason}"
