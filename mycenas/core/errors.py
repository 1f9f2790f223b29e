"""What the product refuses, said in one plain sentence each."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_sentences: dict[str, str | Promise] = {
    "guards_read_committed": _(
        "This was tried with an old view of the data. Reload the page and try again."
    ),
    "audit_is_append_only": _("The audit is only ever added to."),
    "mail_stays": _("A mail that was sent, and to whom it goes, is never changed."),
}


class Refused(Exception):
    """An act that the rules do not allow; nothing was changed.

    ``code`` is stable and names the rule, ``sentence`` is for people, ``status`` is
    the HTTP status a page or API answers with, ``retry_after`` the seconds after which
    the same act may succeed.
    """

    status = 409
    code = "refused"
    retry_after: int | None = None

    def __init__(self, sentence: str | Promise, *, code: str = "") -> None:
        super().__init__(str(sentence))
        self.sentence = sentence
        self.code = code or self.code

    @property
    def headers(self) -> dict[str, str]:
        """What an answer says beside its status: when to come back."""
        if self.retry_after is None:
            return {}
        return {"Retry-After": str(self.retry_after)}


class InvalidTransition(Refused):
    """The state machine has no such move."""

    code = "invalid_transition"


class LostRace(Refused):
    """Somebody else changed the row first."""

    code = "lost_race"


class NotAllowed(Refused):
    """This person may not do this."""

    status = 403
    code = "not_allowed"


class TooLate(Refused):
    """The time for this has passed."""

    code = "too_late"


def explain_constraints(sentences: Mapping[str, str | Promise]) -> None:
    """Register the sentence for each constraint or guard, keyed by its name."""
    _sentences.update(sentences)


def sentence_for(constraint: str) -> str | Promise | None:
    """The registered sentence for a constraint's name, if there is one."""
    return _sentences.get(constraint)


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint that PostgreSQL says was violated, or ''."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return getattr(diagnostics, "constraint_name", None) or ""


def refusal(error: IntegrityError) -> Refused | None:
    """The refusal that a database error stands for; None if it is a bug of ours."""
    name = constraint_of(error)
    sentence = _sentences.get(name)
    return Refused(sentence, code=name) if sentence else None


MOVED_ON = _(
    "Somebody else changed this a moment ago. Reload the page to see its current state."
)
