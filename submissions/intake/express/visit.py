"""One plain request, from its first line to its answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import IO

from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, InterfaceError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import resolve

from mycenas.core.audit import acting
from mycenas.core.errors import InvalidTransition, LostRace, Refused
from mycenas.core.network import keep_to_trusted
from mycenas.core.wellformed import Malformed, check_request
from submissions.intake.answers import Answer
from submissions.intake.asgi_types import Scope
from submissions.intake.express.sender import find_person, find_plain
from submissions.intake.handover import ENVIRON_KEY, Intake, environ_of
from submissions.intake.programs import Problem, answer_to, told
from submissions.intake.put import take_whole
from submissions.intake.refusals import GUARDS
from submissions.intake.tickets import take_ticket
from submissions.intake.tus.creation import create
from submissions.intake.tus.views import take_piece
from submissions.intake.views import let_in, take_entered
from submissions.models import Submission, Upload

Take = Callable[[HttpRequest], HttpResponse | None]
Way = Callable[..., Take | None]

# The row is no longer as it was read: the page looks again.
OVERTAKEN = (LostRace, InvalidTransition, DatabaseError, InterfaceError)
NO_CONTENT = 204
GUARDED = frozenset(name for name, _value in GUARDS)

_csrf = CsrfViewMiddleware(lambda _request: HttpResponse())


def enter(scope: Scope, body: IO[bytes]) -> Visit | None:
    """The visit of a sender who is known at one look; None for everybody else."""
    request = WSGIRequest(environ_of(scope, body))
    keep_to_trusted(request.META)
    try:
        request.get_host()
        check_request(request)
        return _recognized(request)
    except (SuspiciousOperation, Http404, Malformed):
        return None
    except (DatabaseError, InterfaceError):
        connection.close()
        return None


def _recognized(request: WSGIRequest) -> Visit | None:
    match = resolve(request.path_info)
    way = WAYS.get((request.method, match.view_name))
    take = way(request, **match.kwargs) if way else None
    if take is None or not _is_meant(request):
        return None
    return Visit(request, take, match.view_name)


def _is_meant(request: HttpRequest) -> bool:
    """Whether the CSRF token is there and right."""
    _csrf.process_request(request)
    return _csrf.process_view(request, take_whole, (), {}) is None


# --- the ways: whose request it is, and what answers it


def _to_upload(
    view: Callable[[HttpRequest, Upload], HttpResponse],
    request: HttpRequest,
    name: str,
) -> Take | None:
    """Bytes for one's own upload."""
    found = find_plain(request, name)
    if found is None:
        return None
    request.user = found.submission.participant
    return lambda asking: view(asking, found)


def _by_person(
    view: Callable[..., HttpResponse], request: HttpRequest, **where: str
) -> Take | None:
    """A view for programs, which answers everything in their words."""
    return partial(view, **where) if _is_known(request) else None


def _by_form(request: HttpRequest, slug: str) -> Take | None:
    return Entering(slug) if _is_known(request) else None


def _is_known(request: HttpRequest) -> bool:
    person = find_person(request)
    if person is not None:
        request.user = person
    return person is not None


class Entering:
    """A form: let in by its words, then received with its file."""

    def __init__(self, slug: str) -> None:
        self._slug = slug
        self._ticket: Submission | None = None

    def __call__(self, request: HttpRequest) -> HttpResponse | None:
        if self._ticket is not None:
            return take_entered(request, self._ticket)
        self._ticket, response = let_in(request, self._slug)
        return response


# By method and by the name of the page that answers otherwise.
WAYS: dict[tuple[str | None, str], Way] = {
    ("PUT", "submissions:upload"): partial(_to_upload, take_whole),
    ("PATCH", "submissions:upload"): partial(_to_upload, take_piece),
    ("POST", "submissions:uploads"): partial(_by_person, create),
    ("POST", "submissions:tickets"): partial(_by_person, take_ticket),
    ("POST", "submissions:enter"): _by_form,
}


class Visit:
    """Answers for the page as often as the door asks; for one thread at a time."""

    def __init__(self, request: HttpRequest, take: Take, source: str) -> None:
        self._request = request
        self._take = take
        self._source = source

    def ask(self, intake: Intake | None) -> Answer | None:
        """The page's answer; None if only the page can tell what has become of it."""
        if intake is not None:
            self._request.META[ENVIRON_KEY] = intake
        try:
            with acting(self._who):
                response = self._take(self._request)
                return _answer_of(response) if response else None
        except Problem as found:
            return _answer_of(told(found))
        except (SuspiciousOperation, Http404):
            return None
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
        (key, value.encode("latin-1"))
        for name, value in response.items()
        if (key := name.lower().encode("latin-1")) not in GUARDED
    ]
    if response.status_code != NO_CONTENT:
        length = str(len(response.content)).encode("ascii")
        headers.append((b"content-length", length))
    return Answer.of_bytes(response.status_code, headers + GUARDS, response.content)
