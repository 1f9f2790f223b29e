"""Likes and views of entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_ratelimit.decorators import ratelimit

from competitions.access import has_role
from interactions import workflow
from interactions.templatetags.reactions import like_button, reactions_to
from mycenas.accounts.access import signed_in
from mycenas.core.db.compiled import compiled
from mycenas.core.http.returning import acts, is_part
from mycenas.core.http.visits import is_seen, pixel_response
from submissions.access import is_own
from submissions.models import Submission


def likes_rate(_group: str, _request: HttpRequest) -> str:
    """As django-ratelimit writes rates."""
    return str(settings.LIKES_RATE)


def offer(public_id: str) -> str:
    """The entry's page, at its button."""
    return f"{reverse('submissions:entry', args=[public_id])}#like"


@ratelimit(key="user_or_ip", rate=likes_rate)
@acts(offer)
def like(request: HttpRequest, public_id: str) -> HttpResponse:
    """Like the entry; the same again changes nothing."""
    return _change(request, public_id, workflow.like)


@ratelimit(key="user_or_ip", rate=likes_rate)
@acts(offer)
def unlike(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take one's like back; the same again changes nothing."""
    return _change(request, public_id, workflow.unlike)


def _change(
    request: HttpRequest, public_id: str, act: Callable[..., None]
) -> HttpResponse:
    """Act, and show the button to htmx; a form goes back to the entry."""
    entry = _in_gallery(public_id)
    act(entry, by=signed_in(request))
    if is_part(request):
        reactions = reactions_to(entry, request.user)
        context = like_button({"request": request, "reactions": reactions}, entry)
        return render(request, "interactions/_like.html", context)
    return redirect(offer(public_id))


def _in_gallery(public_id: str) -> Submission:
    return _entries.get_or_404(public_id=public_id)


@compiled
def _entries(public_id: Any) -> QuerySet[Submission]:
    rows = Submission.objects.in_gallery().filter(public_id=public_id).order_by()
    return rows.only("public_id", "participant", "competition")


@never_cache
@require_safe
def view(request: HttpRequest, public_id: str) -> HttpResponse:
    """Count a view; the page asks for this 1×1 picture."""
    entry = _in_gallery(public_id)
    user = request.user
    is_visitor = not is_own(user, entry) and not has_role(user, entry.competition_id)
    if is_visitor and is_seen(request):
        workflow.count_view(entry, request)
    return pixel_response()
