"""What a participant gets: the entry form, the acknowledgment, or the way back.

The form is empty, with faults, or with the fields of a reservation.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from competitions.models import Competition
from mycenas.accounts.access import signed_in
from mycenas.core.db import database
from mycenas.core.fields import in_json
from mycenas.core.http.errors import (
    ProblemError,
    problem,
    problem_of,
    sentence_for,
    wants_json,
)
from mycenas.uploads.quotas import RetryLater
from submissions.access import changes_requested
from submissions.intake.entry import Entry
from submissions.intake.forms import EntryForm, new_key
from submissions.intake.own_entries import (
    entries_left,
    named_entry,
    open_reservations,
)
from submissions.intake.refusals import EnteredBefore
from submissions.models import Submission
from submissions.states import SubmissionState

# What a receipt's address says after its file was sent again.
REPEAT = "repeat=1"
# The parameter by which it says that words which came later changed nothing.
WORDS_STAY = "words"
# Sentences of the form's page for the code in its address; a refused file has its own
# sentence in the row.
REASONS = {
    "busy": _("Very many files were arriving, so yours was not taken."),
    "storage_full": _("The site had no room for the file."),
    "storage_share": _("Many other files of yours or your network were arriving."),
    "storage_failed": _("The file could not be stored."),
    "storage_unavailable": _("The file could not be stored."),
    "idempotency_key_reused": _(
        "Another file was received for this entry: with the same form before, or with "
        "a form that you sent later. This is a fresh form: choose the file again to "
        "enter another work."
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
        return HttpResponseRedirect(receipt_address(request, submission), status=303)
    return JsonResponse(acknowledged_facts(request, submission), status=202)


def receipt_address(request: HttpRequest, submission: Submission) -> str:
    """The receipt, which says so if other words came too late (`note_other_words`)."""
    stay = vars(request).get(WORDS_STAY, False)
    return (
        f"{submission.receipt_url}?{WORDS_STAY}=stay"
        if stay
        else submission.receipt_url
    )


def note_other_words(
    request: HttpRequest, submission: Submission, entry: Entry
) -> None:
    """Note for the answer whether other words come too late for a received entry."""
    is_received = submission.received_at is not None
    vars(request)[WORDS_STAY] = is_received and not entry.has_words_of(submission)


def already_entered(request: HttpRequest, repeat: EnteredBefore) -> HttpResponse:
    """To the receipt that exists, which says so and offers to enter it again."""
    if wants_json(request):
        return problem_of(repeat)
    address = f"{repeat.entry.receipt_url}?{REPEAT}"
    return HttpResponseRedirect(address, status=303)


def form_refusal(
    request: HttpRequest, submission: Submission, refused: ProblemError
) -> HttpResponse:
    """Back to the form, which has the fields of the reservation and says why."""
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


WORDS = ("title", "description", "alt_text")
FIELDS = (*WORDS, "idempotency_key")


def named_form(request: HttpRequest, competition: Competition) -> HttpResponse:
    """The form with the fields of the reservation in the address, or of any open one.

    Its file was not taken, for the reason in the address or in the row.
    """
    person = signed_in(request)
    own = Submission.objects.owned_by(person).filter(competition=competition)
    named = own.filter(token=request.GET.get("ticket", "")).first()
    token = request.GET.get("replaces", "")
    replaced = named.replaces if named else None
    if token:
        replaced = named_entry(competition, token, by=person)
    waiting = open_reservations(competition, person, replaces=replaced)
    submission = waiting.filter(pk=named.pk).first() if named else None
    submission = submission or waiting.first()
    form = fresh_form(competition, submission or named, replaced)
    form.initial["again"] = bool(request.GET.get("again"))
    reason = ""
    if named and "why" in request.GET and not (submission and submission.refusal):
        reason = named.refusal or reason_for(request.GET["why"])
    return _page(request, form, submission, status=200, reason=reason)


def fresh_form(
    competition: Competition,
    submission: Submission | None,
    replaced: Submission | None = None,
) -> EntryForm:
    """An empty form, or the fields of a reservation whose file did not come.

    One that ended or was received gives the fields, but not its key; so does the entry
    whose changed version is sent.
    """
    initial: dict[str, Any] = {}
    submission = submission or replaced
    if submission:
        initial = {name: getattr(submission, name) for name in FIELDS}
        # A reservation is made only after they were accepted.
        initial["accept_rules"] = True
        if submission.state != SubmissionState.RESERVED:
            initial["idempotency_key"] = new_key()
        if submission.category:
            initial["category"] = submission.category.slug
    return EntryForm(initial=initial, competition=competition, replaced=replaced)


def form_page(request: HttpRequest, form: EntryForm, *, status: int) -> HttpResponse:
    """The form to be filled in, or corrected."""
    waiting = open_reservations(
        form.competition, signed_in(request), replaces=form.replaced
    )
    its_own = waiting.filter(idempotency_key=form["idempotency_key"].value() or "")
    submission = its_own.first() or waiting.first()
    return _page(request, form, submission, status=status)


def refused_page(
    request: HttpRequest, form: EntryForm, refused: ProblemError
) -> HttpResponse:
    """The form with its words and why it was refused; the words alone if it is over."""
    response = _page(
        request,
        form,
        None,
        status=refused.status,
        refusal=refused,
        unsent=[text for name in WORDS if (text := form.data.get(name, "").strip())],
    )
    for name, value in refused.headers.items():
        response[name] = value
    return response


def wait_response(
    request: HttpRequest, form: EntryForm, refused: RetryLater, submission: Submission
) -> HttpResponse:
    """Say when the file may come; the fields stay and the page continues by itself."""
    if wants_json(request):
        response: HttpResponse = problem(
            refused.status,
            refused.code,
            str(refused.sentence),
            arrived_at=submission.arrived_at,
        )
    else:
        address = f"{request.path}?ticket={submission.token}"
        response = _page(
            request,
            fresh_form(form.competition, submission, form.replaced),
            submission,
            status=refused.status,
            refused=refused,
            go_on_at=address,
        )
        response["Refresh"] = f"{refused.retry_after}; url={address}"
    for name, value in refused.headers.items():
        response[name] = value
    return response


def _page(
    request: HttpRequest,
    form: EntryForm,
    submission: Submission | None,
    *,
    status: int,
    **more: Any,
) -> HttpResponse:
    competition, now = form.competition, database.now()
    replaced = form.replaced
    changes = changes_requested(replaced) if replaced else None
    takes_entries = changes if replaced else competition.takes_entries(now)
    context = {
        "competition": competition,
        "form": form,
        "ticket": submission,
        "replaced": replaced,
        "changes": changes,
        "entries_left": entries_left(competition, signed_in(request)),
        "takes_entries": bool(takes_entries or submission),
        "now": now,
        **more,
    }
    return render(request, "submissions/enter.html", context, status=status)


def invalid_entry(form: EntryForm) -> HttpResponse:
    """The problem document of fields that are missing or wrong (422)."""
    errors = in_json(form.errors)
    detail = " ".join(item["message"] for items in errors.values() for item in items)
    return problem(422, "invalid_entry", detail, errors=errors)
