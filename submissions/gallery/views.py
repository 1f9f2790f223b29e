"""Public lists of entries, their pictures, the ledger, and one's own entries."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    JsonResponse,
)
from django.shortcuts import get_object_or_404, render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from competitions.access import competitions_of, moderates, visible_or_404
from competitions.lists import LISTINGS
from competitions.models import Competition
from competitions.timeline import timeline_of
from mycenas.accounts.access import signed_in
from mycenas.accounts.models import Role, User
from mycenas.accounts.scopes import PAGES, has_role_anywhere
from mycenas.core.db import database
from mycenas.core.db.compiled import compiled
from mycenas.core.http.errors import wants_json
from mycenas.core.text import KEY
from mycenas.storage import store
from submissions.access import pictures_for
from submissions.artists import named_for_all, named_to_artists
from submissions.gallery.ledger import (
    LINES_PER_PAGE,
    STALLED_AFTER,
    ledger_lines,
    ledger_of,
    stalled_in,
)
from submissions.gallery.queries import (
    awards_of,
    awards_to,
    entries_of,
    with_changes,
    with_sizes,
    without_attempts,
)
from submissions.models import Rendition, Submission
from submissions.pictures import with_renditions

PAGE_SIZE = 24


@require_safe
def gallery(request: HttpRequest, slug: str) -> HttpResponse:
    """Accepted entries, page by page in their order of arrival."""
    competition = visible_or_404(request.user, slug)
    entries = with_renditions(
        _page(competition, request.GET.get("after", ""))[: PAGE_SIZE + 1]
    )
    next_url = ""
    if len(entries) > PAGE_SIZE:
        entries.pop()
        next_url = f"?{urlencode({'after': entries[-1].public_id})}"
    context = {
        "competition": competition,
        "entries": entries,
        "next_url": next_url,
        "awards": awards_of(competition),
    }
    return render(request, "submissions/gallery.html", context)


def _page(competition: Competition, after: str) -> QuerySet[Submission]:
    """The entries after the one named ``after``, by key: every page costs the same."""
    rows = entries_of(competition).order_by("pk")
    if not after:
        return rows
    last = get_object_or_404(Submission, competition=competition, public_id=after)
    return rows.filter(pk__gt=last.pk)


@require_safe
def rendition(request: HttpRequest, public_id: str, width: int) -> FileResponse:
    """A rendition, if the user may see it; never the original."""
    found = get_object_or_404(
        Rendition.objects.filter(submission__in=pictures_for(request.user)),
        submission__public_id=public_id,
        width_class=width,
    )
    is_public = Submission.objects.in_gallery().filter(pk=found.submission_id).exists()
    try:
        file = store().open_rendition(found.name)
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, content_type="image/webp")
    response["Cache-Control"] = (
        "public, max-age=3600" if is_public else "private, no-store"
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@require_safe
def certificate(request: HttpRequest, public_id: str) -> HttpResponse:
    """The prizes of an entry as a sheet to print; its address is what proves it."""
    rows = named_for_all(Submission.objects.in_gallery()).filter(public_id=public_id)
    entry = get_object_or_404(rows.select_related("competition__organization"))
    awards = awards_to(entry)
    if not awards:
        raise Http404
    context = {
        "entry": entry,
        "awards": awards,
        "competition": entry.competition,
        "address": request.build_absolute_uri(request.path),
    }
    return render(request, "submissions/certificate.html", context)


@require_safe
def books(request: HttpRequest, slug: str) -> HttpResponse:
    """The public ledger: every reservation is accounted for."""
    competition = visible_or_404(request.user, slug)
    account = ledger_of(competition)
    if wants_json(request):
        return JsonResponse(account)
    now, oldest = database.now(), account["oldest_in_work"]
    is_staff = moderates(request.user, competition)
    context = {
        "competition": competition,
        "ledger": account,
        "oldest_age": now - oldest if oldest else None,
        "stalled": stalled_in(competition, now) if is_staff else 0,
        "stalled_after": STALLED_AFTER,
        "timeline": timeline_of(competition),
        **_lines(request, competition),
    }
    return render(request, "submissions/books.html", context)


def _lines(request: HttpRequest, competition: Competition) -> dict[str, Any]:
    given = request.GET.get("after", "0")
    if not KEY.fullmatch(given):
        raise Http404
    lines = ledger_lines(competition, after=int(given))
    now = database.now()
    lines = [line.hide_undoable(now) for line in lines]
    next_url = ""
    if len(lines) > LINES_PER_PAGE:
        lines.pop()
        next_url = f"?{urlencode({'after': lines[-1].pk})}#lines"
    return {"lines": lines, "after": int(given), "next_url": next_url}


@never_cache
@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """My entries, and where I could enter next."""
    now = database.now()
    owned = _owned(person=signed_in(request).pk)
    context = {
        "submissions": [one.hide_undoable(now) for one in owned],
        "competitions_open": _open(now=now),
        "now": now,
    }
    if not context["submissions"]:
        context |= _other_work(signed_in(request))
    return render(request, "submissions/mine.html", context)


def _other_work(person: User) -> dict[str, Any]:
    """What a person without entries has to do here: as a sponsor, as a juror."""
    found = {
        "is_sponsor": has_role_anywhere(person, Role.SPONSOR),
        "sponsors_page": PAGES[Role.SPONSOR],
        "jurors_page": PAGES[Role.JUROR],
    }
    if person.is_superuser:  # Each role counts for them, and none is meant.
        return found
    judged = Competition.objects.published()
    judged = judged.filter(pk__in=competitions_of(person, Role.JUROR).values("pk"))
    return {**found, "judged": judged.order_by("title")}


@compiled
def _owned(person: Any) -> QuerySet[Submission]:
    rows = Submission.objects.owned_by(person).order_by("-arrived_at")
    rows = (
        named_to_artists(rows)
        .select_related("competition")
        .only(
            *("token", "public_id", "title", "alt_text", "state", "arrived_at"),
            *("refusal", "upload_until", "undo_until", "declared_sha256"),
            "declared_size",
            "participant",
            *("competition__title", "competition__slug", "competition__time_zone"),
            *("competition__cancelled_at", "competition__cancel_reason"),
        )
    )
    return with_sizes(with_changes(without_attempts(rows)))


@compiled
def _open(now: Any) -> QuerySet[Competition]:
    rows = LISTINGS["open"].rows(now).select_related(None)
    return rows.only(
        *("slug", "title", "summary", "state", "time_zone", "opens_at", "closes_at"),
        *("deadline_reason", "moderation_started_at", "cancelled_at", "cancel_reason"),
        *("cover", "cover_width", "cover_height", "cover_alt"),
    )
