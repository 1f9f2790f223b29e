"""The tus protocol's requests, without bytes: those go through the door."""

from __future__ import annotations

import functools
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from mycenas.core.errors import LostRace, Refused
from mycenas.core.problems import problem
from mycenas.storage import store
from submissions.intake.declared import check_digest
from submissions.intake.handover import ENVIRON_KEY, Intake
from submissions.intake.pace import TooFast, check_pace, sender_of
from submissions.intake.programs import Problem
from submissions.intake.refusing import noting
from submissions.intake.repeats import EnteredBefore
from submissions.intake.room import wish
from submissions.intake.signals import GO_ON, LENGTH, PART, ROOM
from submissions.intake.tus import headers as tus
from submissions.intake.tus import workflow
from submissions.intake.views import fault_of_content
from submissions.models import Upload

View = Callable[..., HttpResponse]


def speaks_tus(view: View) -> View:
    """A view of the protocol: its clients are programs, its answers are never kept."""
    return csrf_exempt(never_cache(understood(view)))


def understood(view: View) -> View:
    """Answer OPTIONS; refuse other versions of the protocol and bad headers."""

    @functools.wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method == "OPTIONS":
            return abilities()
        if request.headers.get("Tus-Resumable") != tus.VERSION:
            refusal = problem(412, "tus_version", _("This is tus 1.0.0."))
            refusal["Tus-Version"] = tus.VERSION
            return refusal
        try:
            return view(request, *args, **kwargs)
        except tus.BadHeader as fault:
            return problem(400, "bad_header", str(fault))

    return answer


def abilities() -> HttpResponse:
    """What of the protocol is spoken here, for everybody."""
    response = HttpResponse(status=204)
    response["Tus-Version"] = tus.VERSION
    response["Tus-Extension"] = tus.EXTENSIONS
    response["Tus-Max-Size"] = str(settings.MAX_UPLOAD_BYTES)
    response["Tus-Checksum-Algorithm"] = ",".join(tus.ALGORITHMS)
    return response


@understood
def where(request: HttpRequest, found: Upload) -> HttpResponse:
    """How far the upload is, and nothing of whose or what it is."""
    return standing(found, status=200)


def standing(found: Upload, *, status: int) -> HttpResponse:
    """How far the upload is; a finished one has all of its bytes."""
    response = HttpResponse(status=status)
    ticket = found.submission
    if ticket.received_at is not None:
        response["Upload-Offset"] = response["Upload-Length"] = str(ticket.size)
        return response
    response["Upload-Offset"] = str(found.offset)
    response["Upload-Expires"] = http_date(ticket.upload_until.timestamp())
    if found.length is None:
        response["Upload-Defer-Length"] = "1"
    else:
        response["Upload-Length"] = str(found.length)
    return response


@understood
def terminate(request: HttpRequest, found: Upload) -> HttpResponse:
    """Discard the bytes and end the address; the ticket and its arrival stay."""
    workflow.terminate(found, store())
    return HttpResponse(status=204)


# --- bytes: the door asks before them, along the way and at the end


@understood
def resume(request: HttpRequest, found: Upload) -> HttpResponse:
    """More bytes, at the offset that the request names."""
    intake = request.META.get(ENVIRON_KEY) or Intake(phase="begin")
    if intake.phase == "progress":
        workflow.progress(found, before=intake.durable_before, now=intake.durable_bytes)
        return _answer(request, found, intake)
    act = _complete if intake.phase == "complete" else _begin
    with noting(found.submission, intake.staged):
        return act(request, found, intake)


def _begin(request: HttpRequest, found: Upload, intake: Intake) -> HttpResponse:
    if request.content_type != tus.BODY_TYPE:
        raise Problem(415, "content_type", _("Send the bytes as %s.") % tus.BODY_TYPE)
    if "Upload-Checksum" in request.headers:
        tus.Checksum.parse(request.headers["Upload-Checksum"])
    offset = tus.number("Upload-Offset", request.headers.get("Upload-Offset", ""))
    is_short = intake.found_bytes is not None and intake.found_bytes < found.offset
    if is_short and found.submission.received_at is None:
        workflow.start_again(found)
    now = standing(found, status=204)
    if offset != int(now["Upload-Offset"]):
        detail = _("This upload is at %s.") % now["Upload-Offset"]
        raise Problem(409, "offset", detail, {"Upload-Offset": now["Upload-Offset"]})
    _check_length(found, offset, intake.content_length)
    if intake.content_length == 0:
        return now
    if offset == 0:
        _check_pace(request, found)
    now[GO_ON] = str(offset)
    now[PART] = found.part
    now[LENGTH] = str(found.length)
    left = (found.length or 0) - offset
    now[ROOM] = wish(
        request, found.submission.competition_id, intake.content_length or left, left
    )
    return now


def _check_length(found: Upload, offset: int, coming: int | None) -> None:
    if found.submission.received_at is not None and coming != 0:
        raise Problem(409, "received", _("The file of this ticket was received."))
    length = found.submission.size or found.length
    if length is None:
        detail = _("Tell the size first: POST with Upload-Length and this ticket.")
        raise Problem(400, "length_unknown", detail)
    if offset + (coming or 0) > length:
        detail = _("These bytes go beyond the upload's %d.") % length
        raise Problem(413, "beyond_length", detail)


def _check_pace(request: HttpRequest, found: Upload) -> None:
    """Hold back the bytes of a new file, by a status that every client tries again."""
    try:
        check_pace(sender_of(request), found.length or 0, has_entered=found.has_entered)
    except TooFast as refused:
        raise later(refused) from refused


def later(refused: TooFast) -> Problem:
    """503: common clients of the protocol give up at 429."""
    return Problem(503, refused.code, str(refused.sentence), refused.headers)


def _complete(request: HttpRequest, found: Upload, intake: Intake) -> HttpResponse:
    if intake.staged is None:
        raise LostRace(_("This upload went on elsewhere. Ask where it is."))
    try:
        check_digest(found.submission.declared_sha256, intake.staged.sha256)
        fault = fault_of_content(intake.staged, found.file_name)
        if fault:
            raise Problem(422, "invalid_entry", fault)
        workflow.finish(found, intake.staged, store(), before=intake.durable_before)
    except (Problem, EnteredBefore):
        _forget(found)
        raise
    except Refused as refused:
        if refused.code not in ("sha256_mismatch", "size_mismatch"):
            raise
        _forget(found)
        code = tus.CHECKSUM_MISMATCH
        raise Problem(code, refused.code, str(refused.sentence)) from refused
    return _answer(request, found, intake)


def _forget(found: Upload) -> None:
    workflow.start_again(found)
    store().remove_partial_file(found.part)


def _answer(request: HttpRequest, found: Upload, intake: Intake) -> HttpResponse:
    """To a PATCH; the last one brings the acknowledgment."""
    ticket = found.submission
    response = standing(found, status=204)
    if ticket.received_at is not None:
        response["Mycenas-Token"] = ticket.token
        response["Mycenas-Receipt"] = request.build_absolute_uri(ticket.receipt_url)
    return response


def location(request: HttpRequest, found: Upload) -> str:
    """The upload's address, with host."""
    return request.build_absolute_uri(reverse("submissions:upload", args=[found.name]))
