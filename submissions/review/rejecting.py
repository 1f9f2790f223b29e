"""Reject an entry for the reason that was chosen in a form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mycenas.accounts.models import User
from mycenas.staff.letters import UNWRITTEN, Letter
from submissions.mails import preview
from submissions.models import Submission
from submissions.review import workflow
from submissions.states import SubmissionState


def reject(
    submission: Submission, *, code: str, texts: Mapping[int, str], by: User
) -> None:
    """Reject with the text of the entry's organization; see `reasons.forms`."""
    reason = texts[submission.competition.organization_id]
    workflow.reject(submission, reason=reason, code=code, by=by)


def mails(
    entries: Iterable[Submission], user: User, data: Mapping[str, Any]
) -> list[Letter]:
    """The mails that the artists get, in the words of the form."""
    texts = data.get("texts", {})
    return [
        preview(
            one,
            SubmissionState.REJECTED,
            reason=texts.get(one.competition.organization_id, UNWRITTEN),
        )
        for one in entries
    ]
