"""Pages that show rows of several apps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from competitions.access import visible_or_404
from competitions.lists import LISTINGS, Listing
from competitions.markdown import render_markdown
from competitions.models import Competition
from competitions.states import Phase
from competitions.timeline import timeline_of
from interactions.templatetags.reactions import reactions_to
from mycenas.core.db import database
from mycenas.core.db.bounds import EARLIEST, LATEST
from mycenas.core.db.compiled import compiled
from submissions.artists import named_for_all
from submissions.gallery.queries import awards_to, with_sizes
from submissions.judging.publishing.standings import published_rounds
from submissions.models import Submission

# The length of each list on the home page; `listing` shows the rest.
SHOWN_ON_HOME = {"open": 24, "coming": 12, "judging": 12, "decided": 6}
PAGE_SIZE = 24


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Competitions that are open now, coming, being judged, and decided."""
    now = database.now()
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
    return render(request, "pages/home.html", context)


@require_safe
def listing(request: HttpRequest, name: str) -> HttpResponse:
    """All published competitions in one phase, page by page."""
    chosen, slug = LISTINGS.get(name), request.GET.get("after", "")
    if chosen is None:
        raise Http404
    published = Competition.objects.published()
    after = get_object_or_404(published, slug=slug) if slug else None
    now = database.now()
    shown, has_more = chosen.page(now, PAGE_SIZE, after, _moment(request))
    context = {
        "now": now,
        "listings": LISTINGS.values(),
        "listing": chosen,
        "competitions": shown,
        "after": slug,
        "next_url": _behind(chosen, shown[-1]) if has_more else "",
    }
    return render(request, "pages/list.html", context)


def _behind(chosen: Listing, last: Competition) -> str:
    """Where the list goes on behind ``last``, as it was when it was shown."""
    key = {"after": last.slug, "at": getattr(last, chosen.order).isoformat()}
    return f"?{urlencode(key)}"


def _moment(request: HttpRequest) -> datetime | None:
    """The moment in the query, if it is one; links of old have none."""
    try:
        found = parse_datetime(request.GET.get("at", ""))
    except ValueError:
        return None
    if found is None or timezone.is_naive(found):
        return None
    return found if EARLIEST <= found <= LATEST else None


@require_safe
def favicon(_request: HttpRequest) -> HttpResponse:
    """The icon of programs that ask the site for it instead of reading a page."""
    return redirect(static("img/favicon.ico"))


@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    """What crawlers leave out.

    Receipts are not among it: they say themselves that they are not to be indexed, and
    a crawler that may not read them would list an address that somebody published.
    """
    left_out = [reverse("admin:index"), "/accounts/", reverse("submissions:mine")]
    lines = ["User-agent: *", *(f"Disallow: {one}" for one in left_out)]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


@require_safe
def competition(request: HttpRequest, slug: str) -> HttpResponse:
    """Brief, rules, dates, prizes, entries and sponsor of one competition."""
    rows = Competition.objects.select_related("organization")
    rows = rows.annotate(has_results=published_rounds())
    found = visible_or_404(request.user, slug, rows)
    now = database.now()
    context = {
        "competition": found,
        "categories": found.categories.all(),
        "prizes": found.prizes.all(),
        "brief": render_markdown(found.brief),
        "rules": render_markdown(found.rules),
        "now": now,
        "takes_entries": found.takes_entries(now),
        "is_coming": found.phase(now) == Phase.COMING and not found.is_cancelled,
        "next_date": found.next_date(now),
        "timeline": timeline_of(found),
    }
    return render(request, "pages/competition.html", context)


@require_safe
def entry(request: HttpRequest, public_id: str) -> HttpResponse:
    """One accepted entry with its likes and views."""
    found = _entries.get_or_404(public_id=public_id)
    pictures = {one.width_class: one for one in found.pictures}
    context = {
        "entry": found,
        "competition": found.competition,
        "picture": pictures.get(1920),
        "awards": awards_to(found),
        "reactions": reactions_to(found, request.user),
    }
    return render(request, "pages/entry.html", context)


@compiled
def _entries(public_id: Any) -> QuerySet[Submission]:
    rows = Submission.objects.in_gallery().filter(public_id=public_id).order_by()
    rows = rows.select_related("competition", "category").only(
        *("public_id", "title", "description", "alt_text", "category__name"),
        *("participant", "competition__title", "competition__slug"),
        "competition__state",
    )
    return with_sizes(named_for_all(rows))
