"""The buttons of an entry's admin page that request changes and end the request."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from mycenas.core.db import database
from mycenas.core.templatetags.ui import moment_text
from mycenas.staff.letters import UNWRITTEN, Letter
from mycenas.staff.verbs import AdminVerb, Text
from submissions.mails import letter_to_artist
from submissions.models import Submission
from submissions.review.holds import why_not_requested, why_request_stays
from submissions.review.permits import workflow
from submissions.review.permits.forms import USUAL_DAYS, ChangesForm
from submissions.review.permits.models import Permit
from submissions.states import SubmissionState


def open_permit(submission: Submission) -> Permit | None:
    """The open permit of an entry in review, read once for each page."""
    known: dict[str, Any] = vars(submission)
    if "open_permit" not in known:
        is_pending = submission.state == SubmissionState.PENDING
        known["open_permit"] = workflow.open_permit(submission) if is_pending else None
    found: Permit | None = known["open_permit"]
    return found


def request_in_words(submission: Submission) -> list[Text]:
    """Who requested which changes, and until when the artist can send them."""
    permit = open_permit(submission)
    if permit is None:
        return []
    zone = submission.competition.zone
    return [
        _("%(who)s requested changes on %(when)s:")
        % {
            "who": permit.requested_by,
            "when": moment_text(permit.requested_at, zone),
        },
        f"“{permit.reason}”",
        _("The artist can send a changed version until %(until)s.")
        % {"until": moment_text(permit.expires_at, zone)},
    ]


def _request_mails(entries: list[Any], user: Any, data: Any) -> list[Letter]:
    permit = Permit(
        reason=data.get("reason", UNWRITTEN),
        expires_at=database.now() + timedelta(days=data.get("days", USUAL_DAYS)),
    )
    return [
        letter_to_artist(one, "changes_requested", more={"permit": permit})
        for one in entries
    ]


def _withdrawal_mails(entries: list[Any], user: Any, data: Any) -> list[Letter]:
    return [letter_to_artist(one, "changes_not_needed") for one in entries]


def _is_requested(submission: Submission) -> bool:
    return open_permit(submission) is not None


REQUESTS = (
    AdminVerb(
        "request-changes",
        _("Request changes"),
        _(
            "The artist gets mail, and can send one changed version within the days. "
            "The entry stays as it is. Once the file of the changed version is "
            "received, the entry is withdrawn."
        ),
        lambda s, user, data: workflow.request_changes(s, by=user, **data),
        lambda s: s.state == SubmissionState.PENDING and not _is_requested(s),
        ChangesForm,
        barred=why_not_requested,
        mails=_request_mails,
    ),
    AdminVerb(
        "withdraw-request",
        _("Withdraw the request for changes"),
        _("The entry can be decided as it is. The artist gets mail."),
        lambda s, user, data: workflow.withdraw_request(s, by=user),
        _is_requested,
        barred=why_request_stays,
        facts=request_in_words,
        mails=_withdrawal_mails,
    ),
)
