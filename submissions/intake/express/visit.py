"""One request that goes past the pages, from its first line to its answer.

Uploads are authorized by their address, so no page has a say in them. Tickets and forms
go this way if their sender is plainly recognized.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from functools import partial
from typing import IO, cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, InterfaceError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import resolve

from mycenas.accounts.models import User
from mycenas.accounts.sessions import SessionStore
from mycenas.core.audit import acting
from mycenas.core.errors import InvalidTransition, LostRace, Refused
from mycenas.core.network import keep_to_trusted
from mycenas.core.proof import person_of
from mycenas.core.wellformed import Malformed, check_request
from submissions.intake.answers import Answer
from submissions.intake.asgi_types import Scope
from submissions.intake.errors import Unavailable
from submissions.intake.express.lane import Visit
from submissions.intake.handover import ENVIRON_KEY, Intake, environ_of
from submissions.intake.programs import Problem, answer_to, told
from submissions.intake.refusals import GUARDS
from submissions.intake.tickets import take_ticket
from submissions.intake.tus.creation import create
from submissions.intake.uploads import UploadRequest
from submissions.intake.views import let_in, take_entered
from submissions.models import Submission

logger = logging.getLogger(__name__)

Take = Callable[[HttpRequest], HttpResponse | None]
Way = Callable[..., Take | None]

# The row is no longer as it was read: the page looks again.
OVERTAKEN = (LostRace, InvalidTransition, DatabaseError, InterfaceError)
NO_CONTENT = 204
GUARDED = frozenset(name for name, _value in GUARDS)

UPLOAD = "submissions:upload"

_csrf = CsrfViewMiddleware(lambda _request: HttpResponse())


def enter(scope: Scope, body: IO[bytes]) -> Visit | None:
    """The visit to an upload, or of a sender who is known at one look; else None."""
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
    if match.view_name == UPLOAD:
        return UploadVisit(request, match.kwargs["name"])
    way = WAYS.get((request.method, match.view_name))
    take = way(request, **match.kwargs) if way else None
    if take is None or not _is_meant(request):
        return None
    return PlainVisit(request, take, match.view_name)


def _is_meant(request: HttpRequest) -> bool:
    """Whether the CSRF token is there and right."""
    _csrf.process_request(request)
    return _csrf.process_view(request, _visited, (), {}) is None


def _visited(_request: HttpRequest) -> HttpResponse:
    """Stands for the page towards the check of the CSRF token."""
    return HttpResponse()


# --- the ways: whose request it is, and what answers it


def _by_person(
    view: Callable[..., HttpResponse], request: HttpRequest, **where: str
) -> Take | None:
    """A view for programs, which answers everything in their words."""
    return partial(view, **where) if _is_known(request) else None


def _by_form(request: HttpRequest, slug: str) -> Take | None:
    return Entering(slug) if _is_known(request) else None


def _is_known(request: HttpRequest) -> bool:
    """Whether the session belongs to an active account."""
    request.user = find_person(request)
    return request.user.is_authenticated


def find_person(request: HttpRequest) -> User | AnonymousUser:
    """Who is signed in, by the site's session engine and authentication backend."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    request.session = SessionStore(key)
    return cast(User, person_of(request)) if key else AnonymousUser()


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
    ("POST", "submissions:uploads"): partial(_by_person, create),
    ("POST", "submissions:tickets"): partial(_by_person, take_ticket),
    ("POST", "submissions:enter"): _by_form,
}


class PlainVisit:
    """Answers for the page as often as the door asks; for one thread at a time."""

    phases: Collection[str] = ("begin", "progress", "complete")

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


class UploadVisit:
    """Answers whatever is asked at an upload's address; no page has a say in it."""

    phases: Collection[str] = ("begin", "progress", "complete", "later")

    def __init__(self, request: HttpRequest, secret: str) -> None:
        self._request = request
        self._upload = UploadRequest(request, secret)

    def ask(self, intake: Intake | None) -> Answer:
        if intake is not None:
            self._request.META[ENVIRON_KEY] = intake
        with acting(self._who):
            response = self._response()
        return _answer_of(response)

    def _response(self) -> HttpResponse:
        try:
            return self._upload.answer()
        except (DatabaseError, InterfaceError):
            # What a lost connection has left undone or done is found out by a new one.
            connection.close()
            self._upload.look_again()
        try:
            return self._upload.answer()
        except (DatabaseError, InterfaceError):
            logger.exception("An upload could not be looked up.")
            connection.close()
            return answer_to(Unavailable())

    def _who(self) -> tuple[int | None, str]:
        return self._upload.participant_id, "upload-url"


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
