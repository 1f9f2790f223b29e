"""The entry form. The door calls it twice around the bytes: begin and complete."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from competitions.access import visible_or_404
from competitions.models import Competition
from mycenas.accounts.models import User
from mycenas.accounts.people import signed_in
from mycenas.core import clock
from mycenas.core.errors import Refused, sentence_for
from mycenas.core.problems import problem, wants_json
from mycenas.imaging.formats import accepts
from mycenas.storage import StagedFile, StorageFailed, store
from submissions.intake import workflow
from submissions.intake.door import ENVIRON_KEY, Intake
from submissions.intake.errors import Delayed, StorageUnavailable, Waits
from submissions.intake.forms import EntryForm, new_key
from submissions.intake.pace import (
    TooFast,
    check_pace,
    has_entered,
    just_over,
    sender_of,
    would_wait,
)
from submissions.intake.pages import come_back, form_page, fresh_form
from submissions.intake.programs import answer_to
from submissions.intake.refusing import noting, refuse_file
from submissions.intake.repeats import EnteredBefore
from submissions.intake.room import wish
from submissions.intake.signals import LATER, MAX_BYTES, ROOM, TICKET
from submissions.models import Submission
from submissions.states import NOT_COUNTED, SubmissionState

# What a receipt's address says after its file was sent again.
REPEAT = "repeat=1"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form, or take what the door hands over."""
    competition = visible_or_404(request.user, slug)
    if not request.user.is_authenticated:
        return _ask_to_sign_in(request)
    if request.method != "POST":
        return _show(request, competition)
    intake = request.META.get(ENVIRON_KEY) or Intake(phase="complete")
    form = EntryForm(request.POST, competition=competition)
    act = {"begin": _begin, "later": _later}.get(intake.phase, _complete)
    try:
        return act(request, form, intake)
    except EnteredBefore as repeat:
        return already_entered(request, repeat)
    except Waits as refused:
        ticket = workflow.ticket_of(intake.ticket or "", by=signed_in(request))
        return come_back(request, form, refused, ticket)


def _show(request: HttpRequest, competition: Competition) -> HttpResponse:
    """The form; with the words of the arrival that the address names, or of any."""
    waiting = workflow.waiting_tickets(competition, signed_in(request))
    named = waiting.filter(token=request.GET.get("ticket", ""))
    ticket = named.first() or waiting.first()
    form = fresh_form(competition, ticket)
    form.initial["again"] = bool(request.GET.get("again"))
    return form_page(request, form, status=200)


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        return problem(401, "sign_in", _("Sign in to enter a work."))
    query = f"?next={request.path}"
    return HttpResponseRedirect(reverse("account_login") + query, status=303)


def _begin(request: HttpRequest, form: EntryForm, intake: Intake) -> HttpResponse:
    """Decide before the bytes: the arrival ticket if the words are there, then pace.

    A form whose words follow its file gets its ticket at the end instead. The pace
    holds back bytes only, never an arrival: while the words are not known, the door is
    asked to read on to them.
    """
    ticket = _arrival(request, form)
    response = _go_on(request, form.competition, ticket)
    try:
        _check_pace(request, form.competition, intake)
    except TooFast as refused:
        if ticket:
            return come_back(request, form, refused, ticket)
        response[LATER] = "1"
    return response


def let_in(
    request: HttpRequest, slug: str
) -> tuple[Submission, HttpResponse] | tuple[None, None]:
    """The same for a form that needs no page: all of its words came before the file.

    Nothing if there is anything to say but to go on.
    """
    competition = visible_or_404(request.user, slug)
    form = EntryForm(request.POST, competition=competition)
    try:
        ticket = _arrival(request, form)
        if ticket is None:
            return None, None
        _check_pace(request, competition, request.META[ENVIRON_KEY])
    except (Refused, IntegrityError):
        return None, None
    return ticket, _go_on(request, competition, ticket)


def _arrival(request: HttpRequest, form: EntryForm) -> Submission | None:
    """The ticket if all words are there; refused if it is too late for any."""
    if form.is_valid():
        return _reserved(form, by=signed_in(request))
    if not form.competition.takes_entries(clock.now()):
        raise Refused(
            sentence_for("submission_competition_takes_entries") or "",
            code="submission_competition_takes_entries",
        )
    return None


def _reserved(form: EntryForm, *, by: User) -> Submission:
    """The ticket for a form; a new one if its key was that of an entry that ended.

    Browsers give back such a form, with its key, on the way back.
    """
    entry = form.entry()
    ticket = workflow.reserve(form.competition, entry, by=by)
    if ticket.state in NOT_COUNTED:
        entry = replace(entry, idempotency_key=new_key())
        ticket = workflow.reserve(form.competition, entry, by=by)
    return ticket


def _go_on(
    request: HttpRequest, competition: Competition, ticket: Submission | None
) -> HttpResponse:
    response = HttpResponse(status=204)
    response[MAX_BYTES] = str(competition.max_bytes)
    intake = request.META.get(ENVIRON_KEY) or Intake(phase="begin")
    coming = min(intake.content_length or 0, competition.max_bytes)
    response[ROOM] = wish(request, competition.pk, coming)
    if ticket:
        response[TICKET] = ticket.token
    return response


def _check_pace(request: HttpRequest, competition: Competition, intake: Intake) -> None:
    sender = sender_of(request)
    check_pace(
        sender,
        intake.content_length or 0,
        has_entered=has_entered(sender, competition.pk),
    )


def _later(request: HttpRequest, form: EntryForm, intake: Intake) -> HttpResponse:
    """No bytes were kept: record the arrival, then say when they may come."""
    person = signed_in(request)
    ticket = workflow.ticket_of(intake.ticket or "", by=person)
    if ticket is None and not form.is_valid():
        return _invalid(request, form, intake)
    ticket = ticket or _reserved(form, by=person)
    refused = (
        Delayed(intake.delay)
        if intake.delay
        else would_wait(sender_of(request), form.competition.pk) or just_over()
    )
    return come_back(request, form, refused, ticket)


def _complete(request: HttpRequest, form: EntryForm, intake: Intake) -> HttpResponse:
    """Validate everything, then receive: the answer is the acknowledgment."""
    competition, person = form.competition, signed_in(request)
    ticket = workflow.ticket_of(intake.ticket or "", by=person)
    fault = _fault_of_file(competition, intake)
    if fault:
        form.add_error("file", fault)
        if ticket:
            refuse_file(ticket, fault, intake.staged)
    if not form.is_valid() or intake.staged is None:
        return _invalid(request, form, intake)
    ticket = ticket or _reserved(form, by=person)
    workflow.check_upload_time(ticket)
    with noting(ticket):
        workflow.receive(ticket, intake.staged, name=intake.file_name, files=store())
    return acknowledgment(request, ticket)


def take_entered(request: HttpRequest, ticket: Submission) -> HttpResponse | None:
    """Keep the file of a form that was complete before it; None if not all is well."""
    intake: Intake = request.META[ENVIRON_KEY]
    if intake.staged is None or _fault_of_file(ticket.competition, intake):
        return None
    try:
        workflow.check_upload_time(ticket)
        workflow.receive(ticket, intake.staged, name=intake.file_name, files=store())
    except StorageUnavailable as failed:
        # The door tells when to come back; storing is never tried twice.
        raise StorageFailed(str(failed)) from failed
    except EnteredBefore as repeat:
        return already_entered(request, repeat)
    except Refused:
        return None
    return acknowledgment(request, ticket)


def already_entered(request: HttpRequest, repeat: EnteredBefore) -> HttpResponse:
    """To the receipt that exists, which says so and offers to enter it again."""
    if wants_json(request):
        return answer_to(repeat)
    address = f"{repeat.entry.receipt_url}?{REPEAT}"
    return HttpResponseRedirect(address, status=303)


def _fault_of_file(competition: Competition, intake: Intake) -> str:
    """What is wrong with the file, the limit, the value found and what to do."""
    if intake.too_large:
        return _(
            "This file has %(size)s; the limit here is %(limit)s. Save it smaller, "
            "for example as a JPEG."
        ) % {
            "size": filesizeformat(intake.received_bytes),
            "limit": filesizeformat(competition.max_bytes),
        }
    if intake.empty:
        return _("This file is empty (0 bytes). Choose the picture again.")
    if intake.staged is None:
        return _("Choose a picture: a JPEG, PNG or WebP file.")
    return fault_of_content(intake.staged, intake.file_name)


def fault_of_content(staged: StagedFile, name: str) -> str:
    """Why the bytes are no picture that is taken here; '' if they are."""
    if accepts(staged.head):
        return ""
    if not name:
        return _(
            "This file is not a JPEG, PNG or WebP picture by its content. Export the "
            "picture in one of these formats."
        )
    return _(
        "“%(name)s” is not a JPEG, PNG or WebP picture by its content, whatever its "
        "name says. Export the picture in one of these formats."
    ) % {"name": name}


def acknowledgment(request: HttpRequest, submission: Submission) -> HttpResponse:
    """What promises that the entry is safe."""
    if not wants_json(request):
        return HttpResponseRedirect(submission.receipt_url, status=303)
    return JsonResponse(acknowledged_facts(request, submission), status=202)


def acknowledged_facts(request: HttpRequest, submission: Submission) -> dict[str, Any]:
    """What was promised, for programs; it never changes."""
    return {
        "token": submission.token,
        "receipt_url": request.build_absolute_uri(submission.receipt_url),
        "state": SubmissionState.RECEIVED,
        "arrived_at": submission.arrived_at,
        "size": submission.size,
        "sha256": submission.sha256,
    }


def _invalid(request: HttpRequest, form: EntryForm, intake: Intake) -> HttpResponse:
    status = 413 if intake.too_large else 422
    if not wants_json(request):
        return form_page(request, form, status=status)
    errors = form.errors.get_json_data()
    detail = " ".join(item["message"] for items in errors.values() for item in items)
    return problem(status, "invalid_entry", detail, errors=errors)
