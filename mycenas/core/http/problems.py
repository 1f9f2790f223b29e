"""Problem documents: ``application/problem+json`` (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse

from mycenas.core.http.errors import Refused

_KNOWN = frozenset(HTTPStatus)


def wants_json(request: HttpRequest) -> bool:
    """Whether the client prefers JSON to HTML."""
    return request.get_preferred_type(["text/html", "application/json"]) == (
        "application/json"
    )


def phrase(status: int) -> str:
    """The reason phrase of a status; protocols above HTTP define further statuses."""
    return HTTPStatus(status).phrase if status in _KNOWN else "Refused"


def problem(status: int, code: str, detail: str, **members: Any) -> JsonResponse:
    """A problem document; ``type`` is stable and ends in ``code``."""
    body = {
        "type": f"urn:mycenas:problem:{code}",
        "title": phrase(status),
        "status": status,
        "detail": detail,
        **members,
    }
    return JsonResponse(body, status=status, content_type="application/problem+json")


def problem_of(refused: Refused) -> JsonResponse:
    """The problem document of a refusal, with its headers."""
    response = problem(
        refused.status, refused.code, str(refused.sentence), **refused.members
    )
    for name, value in refused.headers.items():
        response[name] = value
    return response
