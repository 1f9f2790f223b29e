"""Pages about what is being run."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from competitions.access import visible_or_404
from competitions.calendars import calendar_of, next_date
from competitions.markdown import render_markdown
from competitions.models import Competition
from competitions.states import Phase
from mycenas.core import clock

SHOWN_ON_HOME = 60


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What is open now, coming, being judged, and decided."""
    now = clock.now()
    rows = Competition.objects.published().filter(cancelled_at=None)
    groups: dict[str, list[Competition]] = {phase: [] for phase in Phase.values}
    for competition in rows.select_related("organization")[:SHOWN_ON_HOME]:
        groups[competition.phase(now)].append(competition)
    groups[Phase.OPEN].sort(key=lambda c: c.closes_at or now)
    context = {
        "now": now,
        "open_now": groups[Phase.OPEN],
        "coming": groups[Phase.COMING],
        "judging": groups[Phase.JUDGING],
        "decided": groups[Phase.DECIDED],
    }
    return render(request, "competitions/home.html", context)


@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Brief, rules, dates, prizes and state of one competition."""
    rows = Competition.objects.select_related("organization")
    competition = visible_or_404(request.user, slug, rows)
    now = clock.now()
    context = {
        "competition": competition,
        "categories": competition.categories.all(),
        "prizes": competition.prizes.all(),
        "brief": render_markdown(competition.brief),
        "rules": render_markdown(competition.rules),
        "now": now,
        "takes_entries": competition.takes_entries(now),
        "next_date": next_date(competition, now),
    }
    return render(request, "competitions/detail.html", context)


@never_cache
@require_safe
def calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """The next date of a competition as a file for calendars; 404 without one."""
    competition = visible_or_404(request.user, slug)
    now = clock.now()
    at = next_date(competition, now)
    if at is None:
        raise Http404
    response = HttpResponse(
        calendar_of(competition, at, now), content_type="text/calendar; charset=utf-8"
    )
    name = f"{competition.slug}.ics"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
