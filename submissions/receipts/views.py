"""The receipt: a page that shows what happened and what comes next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from mycenas.accounts.access import signed_in
from mycenas.core.db import database
from mycenas.core.http.errors import problem, wants_json
from mycenas.core.signing import MEDIA_TYPE
from submissions.access import can_appeal, changes_requested, knows_whole
from submissions.artists import show_to
from submissions.models import Submission
from submissions.receipts import workflow
from submissions.states import SubmissionState as S

STOP_POLLING = 286
# Least seconds between two polls, in states that change without the participant.
LEAST_SECONDS = {S.RESERVED: 5, S.RECEIVED: 2, S.PROCESSING: 2, S.PENDING: 30}
MOST_SECONDS = 300


@dataclass(frozen=True)
class ReceiptStep:
    """One step on the receipt; ``status`` is done, current, todo or stopped."""

    label: str | Promise
    at: datetime | None
    status: str


def unlisted(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorates a view whose URL is a secret: no indexing, no referrer, no caching.

    Not for pages with forms: with ``no-referrer`` browsers send ``Origin: null``.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex"
        response["Referrer-Policy"] = "no-referrer"
        return response

    return require_safe(never_cache(wrapped))


@unlisted
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """The receipt's page, or its data as JSON; strangers get the public part."""
    submission = show_to(request.user, _find(token))
    if wants_json(request):
        is_whole = knows_whole(request.user, submission)
        chosen = facts if is_whole else public_facts
        return JsonResponse(chosen(request, submission))
    context = {
        **_context(request, submission),
        "address": request.build_absolute_uri(submission.receipt_url),
        "ledger_url": submission.ledger_url,
        "next_date": submission.competition.next_date(database.now()),
    }
    return render(request, "submissions/receipt.html", context)


@unlisted
def status(request: HttpRequest, token: str) -> HttpResponse:
    """The part of the receipt that changes; status 286 makes htmx stop polling."""
    context = _context(request, show_to(request.user, _find(token)))
    code = 200 if context["poll_seconds"] else STOP_POLLING
    return render(request, "submissions/_receipt_status.html", context, status=code)


@unlisted
def signed(request: HttpRequest, token: str) -> HttpResponse:
    """The signed receipt as a file, for everybody who knows the receipt's URL."""
    rows = Submission.objects.filter(received_at__isnull=False)
    submission = get_object_or_404(rows, token=token)
    response = HttpResponse(workflow.receipt_of(submission), content_type=MEDIA_TYPE)
    name = f"receipt-{submission.public_id}.jws"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks for confirmation, POST withdraws. API clients get the facts."""
    if not request.user.is_authenticated and wants_json(request):
        return problem(401, "sign_in", "Sign in to withdraw your entry.")
    return _withdraw(request, token)


@login_required
def _withdraw(request: HttpRequest, token: str) -> HttpResponse:
    submission = get_object_or_404(
        Submission.objects.owned_by(signed_in(request)).select_related("competition"),
        token=token,
    )
    # What was sent twice leads to the same receipt.
    is_done = submission.state == S.WITHDRAWN
    if request.method == "POST" and not is_done:
        workflow.withdraw(submission, by=signed_in(request))
        messages.success(request, _("Your entry is withdrawn."))
    if request.method == "POST" or is_done:
        if wants_json(request):
            return JsonResponse(facts(request, submission))
        return redirect(submission.receipt_url)
    context = {
        "submission": submission,
        "competition": submission.competition,
        "takes_entries": submission.competition.takes_entries(database.now()),
    }
    return render(request, "submissions/withdraw.html", context)


def _find(token: str) -> Submission:
    rows = Submission.objects.select_related("competition", "participant", "category")
    found = get_object_or_404(rows.prefetch_related("renditions"), token=token)
    if not found.undo_until or not found.undo_seconds(now := database.now()):
        return found
    reason = found.reason_before_decision()
    found.hide_undoable(now).decision_reason = reason
    return found


def _context(request: HttpRequest, submission: Submission) -> dict[str, Any]:
    is_own = submission.participant_id == request.user.pk
    is_whole = knows_whole(request.user, submission)
    replaced_by = replacement_of(submission) if is_whole else None
    changes = changes_requested(submission) if is_whole else None
    said = outcome(submission) if is_whole else public_outcome(submission)
    if replaced_by or changes:
        said = REPLACED if replaced_by else REQUESTED
    return {
        "submission": submission,
        "competition": submission.competition,
        "steps": steps(submission),
        "is_whole": is_whole,
        "shown_as": submission.title if is_whole else submission.public_id,
        "outcome": said,
        "picture": submission.rendition(960) if is_whole else None,
        "poll_seconds": poll_seconds(submission, database.now()),
        "is_repeat": is_own and "repeat" in request.GET,
        "words_stay": is_own and "words" in request.GET,
        "is_own": is_own,
        "has_won": is_own and has_won(submission),
        "changes": changes,
        "replaced_by": replaced_by,
        "appeals": appeals_of(submission) if is_whole else [],
        "can_appeal": is_own and can_appeal(submission),
        "can_withdraw": is_own and workflow.can_withdraw(submission),
    }


def has_won(submission: Submission) -> bool:
    """Whether the entry holds a prize that is announced."""
    return submission.competition.is_final and submission.awards.standing().exists()


def appeals_of(submission: Submission) -> list[Any]:
    """The appeals against its rejections; none of an entry that was not reviewed."""
    if not submission.processed_at:
        return []
    rows: Any = submission.appeals
    return list(rows.order_by("pk"))


def replacement_of(submission: Submission) -> Submission | None:
    """The changed version that took the place of a withdrawn entry."""
    if submission.state != S.WITHDRAWN:
        return None
    received = submission.replacements.filter(received_at__isnull=False)
    return received.order_by("pk").first()


def poll_seconds(submission: Submission, now: datetime) -> int | None:
    """Seconds until the page polls again; None if nothing more will happen.

    A quarter of the time since the last event. Behind a long queue there are as many
    open pages as entries: polling every two seconds would cost more than the arrivals.
    """
    least = LEAST_SECONDS.get(S(submission.state))
    if least is None:
        return None
    last = submission.processed_at or submission.received_at or submission.arrived_at
    return max(least, min(MOST_SECONDS, int((now - last).total_seconds()) // 4))


def facts(request: HttpRequest, submission: Submission) -> dict[str, Any]:
    """The receipt as data for its participant and the competition's staff."""
    changes, replaced = changes_requested(submission), submission.replaces
    return {
        **public_facts(request, submission),
        "title": submission.title,
        "fault": submission.fault or None,
        "refusal": submission.refusal or None,
        "reason": submission.decision_reason or None,
        "changes": changes and {"reason": changes.reason, "until": changes.expires_at},
        "replaces": replaced.public_id if replaced else None,
    }


def public_facts(request: HttpRequest, submission: Submission) -> dict[str, Any]:
    """The receipt as data for everybody who knows its URL."""
    path = reverse("submissions:receipt_jws", args=[submission.token])
    is_signed = submission.received_at is not None
    return {
        "token": submission.token,
        "reference": submission.public_id,
        "receipt_url": request.build_absolute_uri(submission.receipt_url),
        "receipt_jws_url": request.build_absolute_uri(path) if is_signed else None,
        "competition": submission.competition.slug,
        "state": submission.state,
        "arrived_at": submission.arrived_at,
        "received_at": submission.received_at,
        "size": submission.size,
        "sha256": submission.sha256,
    }


def steps(submission: Submission) -> list[ReceiptStep]:
    """Arrived, received, checked, reviewed, with the times of past steps."""
    # Steps that are done, of four.
    if submission.state in (S.APPROVED, S.REJECTED, S.DISQUALIFIED):
        done = 4
    else:
        done = 1 + bool(submission.received_at) + bool(submission.processed_at)
    is_over = submission.state in (S.WITHDRAWN, S.EXPIRED)
    ahead = "stopped" if is_over else "todo"
    status = [*["done"] * done, "stopped" if is_over else "current", *[ahead] * 3]
    return [
        ReceiptStep(_("Arrived"), submission.arrived_at, status[0]),
        ReceiptStep(_("File received"), submission.received_at, status[1]),
        ReceiptStep(_("Checked"), submission.processed_at, status[2]),
        ReceiptStep(_("Reviewed"), submission.decided_at, status[3]),
    ]


OUTCOMES = {
    S.RESERVED: _("Your arrival is recorded. We are waiting for the file."),
    S.RECEIVED: _("Your file is safe with us. Next, we check that it can be shown."),
    S.PROCESSING: _("We are checking your file now. This takes a few seconds."),
    S.QUARANTINED: _("Your file is kept, but it has a problem."),
    S.PENDING: _("Your entry is complete. A moderator looks at it next."),
    S.APPROVED: _("Your entry is accepted."),
    S.REJECTED: _("Your entry was not accepted."),
    S.DISQUALIFIED: _("Your entry was disqualified."),
    S.WITHDRAWN: _("You have withdrawn this entry."),
    S.EXPIRED: _("No file came in time, so this entry has ended."),
}

# The same after a file that was refused.
REFUSED = {
    S.RESERVED: _("Your arrival is recorded. The file that came was refused."),
    S.EXPIRED: _(
        "The file that came was refused and no other was received, so this entry has "
        "ended."
    ),
}


REQUESTED = _("Your entry is in review. The moderators ask for changes.")
REPLACED = _("A changed version has taken the place of this entry.")


def outcome(submission: Submission) -> str | Promise:
    outcomes = REFUSED if submission.refusal else {}
    return outcomes.get(S(submission.state)) or OUTCOMES[S(submission.state)]


def public_outcome(submission: Submission) -> str:
    return capfirst(submission.get_state_display()) + "."
