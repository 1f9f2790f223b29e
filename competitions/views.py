"""A competition's date for calendars; its pages are in `mycenas.pages`."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from competitions.access import visible_or_404
from competitions.calendars import calendar_of, next_date
from mycenas.core.db import database


@never_cache
@require_safe
def calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """The next date of a competition as a file for calendars; 404 without one."""
    competition = visible_or_404(request.user, slug)
    now = database.now()
    at = next_date(competition, now)
    if at is None:
        raise Http404
    response = HttpResponse(
        calendar_of(competition, at, now), content_type="text/calendar; charset=utf-8"
    )
    name = f"{competition.slug}.ics"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
