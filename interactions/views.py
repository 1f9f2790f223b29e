"""Likes and views of entries."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from interactions import workflow
from interactions.templatetags.reactions import like_button
from mycenas.accounts.people import signed_in
from mycenas.core.pixel import pixel_response
from mycenas.core.visits import is_visit
from submissions.models import Submission


@require_POST
@login_required
def like(request: HttpRequest, public_id: str) -> HttpResponse:
    """Toggle one's like; htmx gets the button, a form goes back to the entry."""
    entry = get_object_or_404(Submission.objects.in_gallery(), public_id=public_id)
    workflow.toggle_like(entry, by=signed_in(request))
    if request.headers.get("HX-Request"):
        context = like_button({"request": request}, entry)
        return render(request, "interactions/_like.html", context)
    return redirect(entry)


@never_cache
@require_safe
def view(request: HttpRequest, public_id: str) -> HttpResponse:
    """Count a view; the page asks for this 1×1 picture."""
    entry = get_object_or_404(Submission.objects.in_gallery(), public_id=public_id)
    if is_visit(request, entry.participant_id):
        workflow.count_view(entry, request)
    return pixel_response()
