"""What an upload's address grants: it alone authorizes the file's bytes.

Cookies carry no authority here, so there is neither a session nor a CSRF token. The
bytes are those of the ticket's participant, who was given the address.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from mycenas.core.errors import InvalidTransition, LostRace
from mycenas.core.problems import problem
from mycenas.core.wellformed import can_be_parsed
from submissions.intake.pace import check_unknown, count_unknown, network_of
from submissions.intake.programs import Problem, with_problems
from submissions.intake.put import take_whole
from submissions.intake.queries import find_upload
from submissions.intake.tus.views import abilities, resume, terminate, where
from submissions.intake.tus.workflow import Gone, check_open, is_granted
from submissions.models import Upload

Act = Callable[[HttpRequest, Upload], HttpResponse]

ACTS: dict[str | None, Act] = {
    "HEAD": where,
    "PATCH": resume,
    "PUT": take_whole,
    "DELETE": terminate,
}


def missing(request: HttpRequest, name: str) -> HttpResponse:
    """The page at an upload's address, which gives the address its name in URLs."""
    raise Http404


class UploadRequest:
    """One request to an upload's address, answered as often as the door asks."""

    def __init__(self, request: HttpRequest, secret: str) -> None:
        self._request = request
        self._secret = secret
        self._found: Upload | None = None

    def answer(self) -> HttpResponse:
        """The response; database errors but refusals are raised."""
        return with_problems(self._answer, self._request)

    @property
    def participant_id(self) -> int | None:
        return self._found.submission.participant_id if self._found else None

    def look_again(self) -> None:
        """Forget the rows: another request was first."""
        self._found = None

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if request.method == "OPTIONS":
            return abilities()
        check_origin(request)
        act = ACTS.get(request.method)
        if act is None:
            response: HttpResponse = problem(405, "method", _("Not possible here."))
            response["Allow"] = ", ".join(["OPTIONS", *filter(None, ACTS)])
            return response
        try:
            return act(request, self._open())
        except (LostRace, InvalidTransition, IntegrityError):
            # What is there now decides.
            self.look_again()
        try:
            return act(request, self._open())
        except LostRace as lost:
            # The same file, sent twice at once, and the other one is not in yet.
            later = {"Retry-After": "1"}
            raise Problem(409, lost.code, str(lost.sentence), later) from lost

    def _open(self) -> Upload:
        network = network_of(self._request)
        check_unknown(network)
        found = self._found = self._found or find_upload(self._secret)
        if found is None:
            count_unknown(network)
            raise Http404
        if found.name != self._secret or not is_granted(found):
            raise Gone(_("This address was ended. Take a new one for the ticket."))
        self._request.user = found.submission.participant
        check_open(found)
        return found


def check_origin(request: HttpRequest) -> None:
    """Refuse pages of other sites (403): an address that leaked is of no use there."""
    origin = request.headers.get("Origin")
    is_foreign = origin is not None and not _is_own(request, origin)
    if is_foreign or request.headers.get("Sec-Fetch-Site") == "cross-site":
        detail = _("Files are sent from this site's own pages, or by programs.")
        raise Problem(403, "foreign_origin", detail)


def _is_own(request: HttpRequest, origin: str) -> bool:
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    return can_be_parsed(origin) and urlsplit(origin).netloc == request.get_host()
