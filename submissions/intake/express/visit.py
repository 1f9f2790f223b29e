"""One request of a plain upload, from its headers to the acknowledgment."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from mycenas.core.audit import acting
from mycenas.core.errors import InvalidTransition, LostRace, Refused
from submissions.intake.answers import Answer
from submissions.intake.asgi_types import Scope
from submissions.intake.express.sender import find_plain, find_ticket
from submissions.intake.handover import ENVIRON_KEY, Intake, environ_of
from submissions.intake.programs import Problem, answer_to, told
from submissions.intake.put import take_whole
from submissions.intake.refusals import GUARDS
from submissions.intake.tus.paths import UPLOAD
from submissions.intake.tus.views import take_piece
from submissions.intake.views import take_entered
from submissions.models import Upload

Take = Callable[[HttpRequest], HttpResponse | None]

TAKES: dict[str | None, Callable[[HttpRequest, Upload], HttpResponse]] = {
    "PUT": take_whole,
    "PATCH": take_piece,
}
# The row is no longer as it was read: the page looks again.
OVERTAKEN = (LostRace, InvalidTransition, DatabaseError, InterfaceError)
NO_CONTENT = 204
# What the audit calls the ways in; the same as for the pages.
UPLOAD_PAGE, FORM_PAGE = "submissions:upload", "submissions:enter"

_csrf = CsrfViewMiddleware(lambda _request: HttpResponse())


def enter(scope: Scope) -> Visit | None:
    """The visit of a sender who is known at one look; None for everybody else."""
    request = WSGIRequest(environ_of(scope))
    match = UPLOAD.fullmatch(request.path_info)
    take = TAKES.get(request.method)
    if match is None or take is None:
        return None
    try:
        request.get_host()
        found = find_plain(request, match[1])
    except SuspiciousOperation:
        return None
    except (DatabaseError, InterfaceError):
        connection.close()
        return None
    if found is None or not _is_meant(request):
        return None
    request.user = found.submission.participant
    return Visit(request, lambda asking: take(asking, found), UPLOAD_PAGE)


def resume(scope: Scope, token: str) -> Visit | None:
    """The end of a form's request that the page has let in and given this ticket."""
    try:
        ticket = find_ticket(token)
    except (DatabaseError, InterfaceError):
        connection.close()
        return None
    if ticket is None:
        return None
    request = WSGIRequest(environ_of(scope))
    request.user = ticket.participant
    return Visit(request, lambda asking: take_entered(asking, ticket), FORM_PAGE)


def _is_meant(request: HttpRequest) -> bool:
    """Whether the CSRF token is there and right."""
    _csrf.process_request(request)
    return _csrf.process_view(request, take_whole, (), {}) is None


class Visit:
    """Answers for the page as often as the door asks; for one thread at a time."""

    def __init__(self, request: HttpRequest, take: Take, source: str) -> None:
        self._request = request
        self._take = take
        self._source = source

    def ask(self, intake: Intake) -> Answer | None:
        """The page's answer; None if only the page can tell what has become of it."""
        self._request.META[ENVIRON_KEY] = intake
        try:
            with acting(self._who):
                response = self._take(self._request)
                return _answer_of(response) if response else None
        except Problem as found:
            return _answer_of(told(found))
        except OVERTAKEN as error:
            if not isinstance(error, Refused):
                connection.close()
            return None
        except Refused as refused:
            return _answer_of(answer_to(refused))

    def _who(self) -> tuple[int | None, str]:
        return self._request.user.pk, self._source


def _answer_of(response: HttpResponse) -> Answer:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in response.items()
    ]
    if response.status_code != NO_CONTENT:
        length = str(len(response.content)).encode("ascii")
        headers.append((b"content-length", length))
    return Answer.of_bytes(response.status_code, headers + GUARDS, response.content)
