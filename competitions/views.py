"""Pages about what is being run."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from competitions.access import visible_or_404
from competitions.calendars import calendar_of, next_date
from competitions.lists import LISTINGS
from competitions.markdown import render_markdown
from competitions.models import Competition
from competitions.states import Phase
from competitions.timeline import timeline_of
from mycenas.core import clock

# How many of each list the home page shows; the others are one link away.
SHOWN_ON_HOME = {"open": 24, "coming": 12, "judging": 12, "decided": 6}
PAGE_SIZE = 24


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What is open now, coming, being judged, and decided."""
    now = clock.now()
    found = {n: LISTINGS[n].page(now, size) for n, size in SHOWN_ON_HOME.items()}
    context = {
        "now": now,
        "listings": LISTINGS.values(),
        "open_now": found["open"][0],
        "coming": found["coming"][0],
        "judging": found["judging"][0],
        "decided": found["decided"][0],
        "more": {name for name, (_shown, has_more) in found.items() if has_more},
    }
    return render(request, "competitions/home.html", context)


@require_safe
def listing(request: HttpRequest, name: str) -> HttpResponse:
    """All published competitions in one phase, page by page."""
    chosen, slug = LISTINGS.get(name), request.GET.get("after", "")
    if chosen is None:
        raise Http404
    published = Competition.objects.published()
    after = get_object_or_404(published, slug=slug) if slug else None
    now = clock.now()
    shown, has_more = chosen.page(now, PAGE_SIZE, after)
    context = {
        "now": now,
        "listings": LISTINGS.values(),
        "listing": chosen,
        "competitions": shown,
        "after": slug,
        "next_url": f"?{urlencode({'after': shown[-1].slug})}" if has_more else "",
    }
    return render(request, "competitions/list.html", context)


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
        "is_coming": competition.phase(now) == Phase.COMING
        and not competition.is_cancelled,
        "next_date": next_date(competition, now),
        "timeline": timeline_of(competition),
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
