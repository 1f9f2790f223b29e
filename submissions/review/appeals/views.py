"""The page on which an artist appeals against a rejection."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from mycenas.accounts.access import signed_in
from mycenas.core.db import database
from mycenas.core.http.errors import ProblemError
from mycenas.staff.kept_words import bring_back, keeps_words
from mycenas.staff.saving import refusal_of
from mycenas.staff.verbs import typed
from submissions.access import can_appeal
from submissions.models import Submission
from submissions.review.appeals import workflow
from submissions.review.appeals.forms import AppealForm

OVER = _("This decision cannot be appealed against any more. Nothing was sent.")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@keeps_words
@login_required
def appeal(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the form, POST stores the appeal; both lead back to the receipt."""
    rows = Submission.objects.owned_by(signed_in(request))
    found = get_object_or_404(rows.select_related("competition"), token=token)
    submission = found.hide_undoable(database.now())
    if lost := bring_back(request):
        messages.warning(request, lost)
    form = AppealForm(request.POST or None)
    if not can_appeal(submission):
        return _over(request, submission, form)
    if request.method == "POST" and not lost and form.is_valid():
        try:
            workflow.make(submission, by=signed_in(request), **form.cleaned_data)
        except (ProblemError, IntegrityError) as error:
            return _over(request, submission, form, refusal_of(error))
        messages.success(request, _("Your appeal is stored. You will get an answer."))
        return redirect(submission.receipt_url)
    return _page(request, submission, form)


def _page(
    request: HttpRequest, submission: Submission, form: AppealForm, **more: Any
) -> HttpResponse:
    context = {
        "form": form,
        "submission": submission,
        "competition": submission.competition,
        **more,
    }
    status = HTTPStatus.CONFLICT if more else HTTPStatus.OK
    return render(request, "submissions/appeal.html", context, status=status)


def _over(
    request: HttpRequest,
    submission: Submission,
    form: AppealForm,
    refused: ProblemError | None = None,
) -> HttpResponse:
    """To the receipt; a text that is not stored stays to be read."""
    unsent, made = typed(form), submission.appeals
    # What was sent twice leads to the same receipt.
    is_sent = form.is_valid() and made.filter(text=form.cleaned_data["text"]).exists()
    if not unsent or is_sent:
        return redirect(submission.receipt_url)
    sentence = refused.sentence if refused else OVER
    return _page(request, submission, form, unsent=unsent, sentence=sentence)
