"""What a participant gets once the bytes are here: the acknowledgment, or a way on."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from mycenas.core.http.errors import Refused, sentence_for
from mycenas.core.http.problems import problem_of, wants_json
from submissions.intake.repeats import EnteredBefore
from submissions.models import Submission
from submissions.states import SubmissionState

# What a receipt's address says after its file was sent again.
REPEAT = "repeat=1"
# Sentences of the form's page for the code in its address; a refused file has its own
# sentence in the row.
REASONS = {
    "busy": _("Very many files were arriving, so yours was not taken."),
    "storage_full": _("The site had no room for the file."),
    "storage_share": _("Many other files of yours or your network were arriving."),
    "storage_failed": _("The file could not be stored."),
    "storage_unavailable": _("The file could not be stored."),
    "idempotency_key_reused": _(
        "This form was sent before with another file, and that file was received. "
        "This is a fresh form: choose the file again to enter another work."
    ),
}
OTHER_REASON = _("The file could not be taken.")


def acknowledged_facts(request: HttpRequest, submission: Submission) -> dict[str, Any]:
    """The acknowledgment for programs; it never changes."""
    return {
        "token": submission.token,
        "receipt_url": request.build_absolute_uri(submission.receipt_url),
        "state": SubmissionState.RECEIVED,
        "arrived_at": submission.arrived_at,
        "size": submission.size,
        "sha256": submission.sha256,
    }


def acknowledgment(
    request: HttpRequest, submission: Submission, *, as_page: bool
) -> HttpResponse:
    """202 with the facts, or 303 to the receipt."""
    if as_page and not wants_json(request):
        return HttpResponseRedirect(submission.receipt_url, status=303)
    return JsonResponse(acknowledged_facts(request, submission), status=202)


def already_entered(request: HttpRequest, repeat: EnteredBefore) -> HttpResponse:
    """To the receipt that exists, which says so and offers to enter it again."""
    if wants_json(request):
        return problem_of(repeat)
    address = f"{repeat.entry.receipt_url}?{REPEAT}"
    return HttpResponseRedirect(address, status=303)


def form_refusal(
    request: HttpRequest, submission: Submission, refused: Refused
) -> HttpResponse:
    """Back to the form, which has the words of the reservation and says why."""
    if isinstance(refused, EnteredBefore):
        return already_entered(request, refused)
    if wants_json(request):
        refused.members.setdefault("arrived_at", submission.arrived_at)
        return problem_of(refused)
    address = reverse("submissions:enter", args=[submission.competition.slug])
    query = urlencode({"ticket": submission.token, "why": refused.code})
    return HttpResponseRedirect(f"{address}?{query}", status=303)


def reason_for(code: str) -> Any:
    """The sentence for a code in the form's address; '' without one."""
    return code and (REASONS.get(code) or sentence_for(code) or OTHER_REASON)
