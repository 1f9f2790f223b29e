"""The page on which an artist appeals against a rejection."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from mycenas.accounts.access import signed_in
from mycenas.core.db import database
from mycenas.staff.kept_words import bring_back, keeps_words
from submissions.access import can_appeal
from submissions.models import Submission
from submissions.review.appeals import workflow
from submissions.review.appeals.forms import AppealForm


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@keeps_words
@login_required
def appeal(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the form, POST stores the appeal; both lead back to the receipt."""
    rows = Submission.objects.owned_by(signed_in(request))
    found = get_object_or_404(rows.select_related("competition"), token=token)
    submission = found.hide_undoable(database.now())
    if not can_appeal(submission):
        # What was sent twice leads to the same receipt.
        return redirect(submission.receipt_url)
    if lost := bring_back(request):
        messages.warning(request, lost)
    form = AppealForm(request.POST or None)
    if request.method == "POST" and not lost and form.is_valid():
        workflow.make(submission, by=signed_in(request), **form.cleaned_data)
        messages.success(request, _("Your appeal is stored. You will get an answer."))
        return redirect(submission.receipt_url)
    context = {
        "form": form,
        "submission": submission,
        "competition": submission.competition,
    }
    return render(request, "submissions/appeal.html", context)
