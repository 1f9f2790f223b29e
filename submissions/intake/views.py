"""The entry form. The door calls it twice around the bytes: begin and complete."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from competitions.access import visible_to
from competitions.models import Competition
from mycenas.accounts.people import signed_in
from mycenas.core import clock
from mycenas.core.errors import Refused, sentence_for
from mycenas.core.problems import problem, wants_json
from submissions.formats import HEAD_BYTES, accepts
from submissions.intake import workflow
from submissions.intake.door import ENVIRON_KEY, Intake
from submissions.intake.forms import EntryForm
from submissions.intake.pace import Pace, pace_of
from submissions.models import Submission
from submissions.storage import StagedFile, store


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form, or take what the door hands over."""
    competition = get_object_or_404(visible_to(request.user), slug=slug)
    if not request.user.is_authenticated:
        return _ask_to_sign_in(request)
    if request.method != "POST":
        return _page(request, competition, _fresh_form(request, competition))
    intake = request.META.get(ENVIRON_KEY) or Intake(phase="complete")
    if intake.phase == "begin":
        return _begin(request, competition, intake)
    return _complete(request, competition, intake)


def _fresh_form(request: HttpRequest, competition: Competition) -> EntryForm:
    """An empty form, or the words of an arrival whose file did not come yet."""
    ticket = workflow.waiting_ticket(competition, signed_in(request))
    words = ("title", "description", "alt_text", "idempotency_key")
    initial = {name: getattr(ticket, name) for name in words} if ticket else {}
    if ticket and ticket.category:
        initial["category"] = ticket.category.slug
    return EntryForm(initial=initial, competition=competition)


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        return problem(401, "sign_in", _("Sign in to enter a work."))
    query = f"?next={request.path}"
    return HttpResponseRedirect(reverse("account_login") + query, status=303)


def _begin(
    request: HttpRequest, competition: Competition, intake: Intake
) -> HttpResponse:
    """Decide before the bytes: the arrival ticket if the words are there, then pace.

    A form whose words follow its file gets its ticket at the end instead. The pace
    holds back bytes only, never an arrival.
    """
    form = EntryForm(request.POST, competition=competition)
    response = HttpResponse(status=204)
    response["X-Mycenas-Max-Bytes"] = str(competition.max_bytes)
    if form.is_valid():
        ticket = workflow.reserve(competition, form.entry(), by=signed_in(request))
        response["X-Mycenas-Ticket"] = ticket.token
    elif not competition.takes_entries(clock.now()):
        raise Refused(
            sentence_for("submission_competition_takes_entries") or "",
            code="submission_competition_takes_entries",
        )
    pace = pace_of(request)
    return _too_fast(request, competition, pace) if pace else response


def _complete(
    request: HttpRequest, competition: Competition, intake: Intake
) -> HttpResponse:
    """Validate everything, then receive: the answer is the acknowledgment."""
    form = EntryForm(request.POST, competition=competition)
    fault = _fault_of_file(competition, intake)
    if fault:
        form.add_error("file", fault)
    if not form.is_valid() or intake.staged is None:
        return _invalid(request, competition, form, intake)
    person = signed_in(request)
    submission = workflow.ticket_of(intake.ticket or "", by=person) or workflow.reserve(
        competition, form.entry(), by=person
    )
    workflow.check_upload_time(submission)
    workflow.receive(submission, intake.staged, name=intake.file_name, files=store())
    return acknowledgment(request, submission)


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
    with staged.path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if accepts(head):
        return ""
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
    """What is promised, for programs."""
    return {
        "token": submission.token,
        "receipt_url": request.build_absolute_uri(submission.receipt_url),
        "state": submission.state,
        "arrived_at": submission.arrived_at,
        "size": submission.size,
        "sha256": submission.sha256,
    }


def _invalid(
    request: HttpRequest, competition: Competition, form: EntryForm, intake: Intake
) -> HttpResponse:
    status = 413 if intake.too_large else 422
    if not wants_json(request):
        return _page(request, competition, form, status=status)
    errors = form.errors.get_json_data()
    detail = " ".join(item["message"] for items in errors.values() for item in items)
    return problem(status, "invalid_entry", detail, errors=errors)


def _too_fast(
    request: HttpRequest, competition: Competition, pace: Pace
) -> HttpResponse:
    """Ask to send the bytes later; the arrival stands if the words were complete."""
    detail = _(
        "You have sent %(count)d files in a short time; %(limit)d are possible. Send "
        "this one again in %(seconds)d seconds."
    ) % {"count": pace.count, "limit": pace.limit, "seconds": pace.seconds_left}
    if wants_json(request):
        response: HttpResponse = problem(429, "too_fast", detail)
    else:
        response = _page(
            request,
            competition,
            EntryForm(initial=request.POST.dict(), competition=competition),
            status=429,
            retry_after=pace.seconds_left,
        )
    response["Retry-After"] = str(pace.seconds_left)
    return response


def _page(
    request: HttpRequest,
    competition: Competition,
    form: EntryForm,
    *,
    status: int = 200,
    retry_after: int | None = None,
) -> HttpResponse:
    now = clock.now()
    waiting = workflow.waiting_ticket(competition, signed_in(request))
    context = {
        "competition": competition,
        "form": form,
        "entries_left": workflow.entries_left(competition, signed_in(request)),
        "takes_entries": competition.takes_entries(now) or waiting is not None,
        "waiting": waiting,
        "now": now,
        "retry_after": retry_after,
    }
    return render(request, "submissions/enter.html", context, status=status)
