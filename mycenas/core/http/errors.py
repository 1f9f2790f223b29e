"""Refusals, and the sentences that constraints and guards show to people."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.db import DatabaseError, IntegrityError
from django.http import HttpRequest, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_sentences: dict[str, str | Promise] = {}
# The form field at which such a sentence is shown, for rules about one field.
_fields: dict[str, str] = {}


class ProblemError(Exception):
    """A request that the rules do not allow; nothing was changed.

    ``code`` is stable and names the rule, ``sentence`` is for people, ``status`` is
    the HTTP status a page or API answers with, ``retry_after`` the seconds after which
    the same act may succeed. ``field`` is the model's field that the rule concerns and
    ``table`` the table whose row was refused, where they are known. ``headers`` go with
    the response, and ``members`` into a problem document.
    """

    status = 409
    code = "refused"
    retry_after: int | None = None
    field: str = ""
    table: str = ""

    def __init__(
        self,
        sentence: str | Promise,
        *,
        code: str = "",
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence
        self.code = code or self.code
        self.status = status or self.status
        self.members = members
        self.headers = dict(headers or {})
        if self.retry_after is not None:
            self.headers.setdefault("Retry-After", str(self.retry_after))


class TooOften(ProblemError):
    """Raised by ``django_ratelimit`` for views that limit their requests."""

    status = 429
    code = "too_often"
    retry_after = 60

    def __init__(self) -> None:
        super().__init__(
            _("This came too often within a minute. Wait a minute and try again.")
        )


class InvalidTransition(ProblemError):
    """The state machine has no such move."""

    code = "invalid_transition"


class LostRace(ProblemError):
    """The row was changed by another transaction first."""

    code = "lost_race"


class NotAllowed(ProblemError):
    """This person may not do this."""

    status = 403
    code = "not_allowed"


def explain_constraints(
    sentences: Mapping[str, str | Promise], fields: Mapping[str, str] | None = None
) -> None:
    """Register the sentence for each constraint or guard, keyed by its name.

    ``fields`` names the field of a form where the sentence stands.
    """
    _sentences.update(sentences)
    _fields.update(fields or {})


def sentence_for(constraint: str) -> str | Promise | None:
    """The registered sentence for a constraint's name, if there is one."""
    return _sentences.get(constraint)


def field_for(constraint: str) -> str:
    """The field that a constraint or guard concerns, or ''."""
    return _fields.get(constraint, "")


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint that PostgreSQL says was violated, or ''."""
    return _diagnosis(error, "constraint_name")


def _diagnosis(error: DatabaseError, what: str) -> str:
    diagnostics = getattr(error.__cause__, "diag", None)
    return getattr(diagnostics, what, None) or ""


def refusal(error: IntegrityError) -> ProblemError | None:
    """The refusal behind a database error, or None if the error is a bug of ours."""
    name = constraint_of(error)
    if not _sentences.get(name):
        return None
    refused = refused_by(name)
    refused.table = _diagnosis(error, "table_name")
    return refused


# SQLSTATE 42501 is also a missing privilege, which is a bug; this part of PostgreSQL
# raises it for a row alone.
_CHECKS_POLICIES = "ExecWithCheckOptions"


def policy_refusal(error: DatabaseError) -> ProblemError | None:
    """The refusal of a row by row-level security, or None for another error."""
    if _diagnosis(error, "sqlstate") != "42501":
        return None
    if _diagnosis(error, "source_function") != _CHECKS_POLICIES:
        return None
    return NotAllowed(
        _(
            "The database takes this from its owner alone, and you are signed in as "
            "another person. Nothing was changed."
        ),
        code="row_level_security",
    )


def refused_by(name: str) -> ProblemError:
    """The refusal of the constraint or guard ``name``, in its sentence."""
    refused = ProblemError(_sentences[name], code=name)
    refused.field = field_for(name)
    return refused


def require_text(text: str, name: str) -> str:
    """The text without blanks around it; raises the refusal ``name`` without any."""
    words = text.strip()
    if not words:
        raise refused_by(name)
    return words


MOVED_ON = _(
    "Somebody else changed this a moment ago. Reload the page to see its current state."
)


# Protocols above HTTP define further statuses.
_KNOWN = frozenset(HTTPStatus)


def wants_json(request: HttpRequest) -> bool:
    """Whether the client prefers JSON to HTML; not by an Accept that is unreadable."""
    try:
        preferred = request.get_preferred_type(["text/html", "application/json"])
    except ValueError:
        return False
    return preferred == "application/json"


def problem(status: int, code: str, detail: str, **members: Any) -> JsonResponse:
    """A problem document; ``type`` is stable and ends in ``code``."""
    body = {
        "type": f"urn:mycenas:problem:{code}",
        "title": HTTPStatus(status).phrase if status in _KNOWN else "Refused",
        "status": status,
        "detail": detail,
        **members,
    }
    return JsonResponse(body, status=status, content_type="application/problem+json")


def problem_of(refused: ProblemError) -> JsonResponse:
    """The problem document of a refusal, with its headers."""
    response = problem(
        refused.status, refused.code, str(refused.sentence), **refused.members
    )
    for name, value in refused.headers.items():
        response[name] = value
    return response
