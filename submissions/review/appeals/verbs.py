"""The buttons of an entry's admin page that decide on its appeal."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.utils.translation import gettext_lazy as _

from mycenas.core.templatetags.ui import moment_text
from mycenas.staff.letters import UNWRITTEN, Letter
from mycenas.staff.verbs import AdminVerb, Text
from submissions.access import why_no_decision
from submissions.mails import letter_to_artist
from submissions.models import Submission
from submissions.review.appeals import workflow
from submissions.review.appeals.forms import AnswerForm
from submissions.review.appeals.models import Appeal
from submissions.review.appeals.states import SENTENCES
from submissions.states import SubmissionState


def open_appeal(submission: Submission) -> Appeal | None:
    """The open appeal, read once for each page."""
    known: dict[str, Any] = vars(submission)
    if "open_appeal" not in known:
        is_rejected = submission.state == SubmissionState.REJECTED
        known["open_appeal"] = workflow.open_appeal(submission) if is_rejected else None
    found: Appeal | None = known["open_appeal"]
    return found


def appeal_in_words(submission: Submission) -> list[Text]:
    """What the artist wrote, and the rejection."""
    appeal = open_appeal(submission)
    if appeal is None:
        return []
    zone = submission.competition.zone
    return [
        _("The artist appealed on %(when)s:")
        % {"when": moment_text(appeal.made_at, zone)},
        f"“{appeal.text}”",
        _("Rejected by %(who)s on %(when)s:")
        % {
            "who": appeal.rejected_by or "–",
            "when": moment_text(appeal.rejected_at, zone),
        },
        f"“{appeal.rejection}”",
    ]


def _mails(template: str) -> Any:
    """The mail about a decision on the appeal."""

    def mails(entries: list[Any], user: Any, data: Any) -> list[Letter]:
        found = []
        for one in entries:
            appeal = copy(open_appeal(one))
            if appeal is not None:
                appeal.answer = data.get("answer", UNWRITTEN)
                found.append(letter_to_artist(one, template, more={"appeal": appeal}))
        return found

    return mails


def _is_open(submission: Submission) -> bool:
    return open_appeal(submission) is not None


def _not_by_whom_rejected(submission: Submission, user: Any) -> Text | None:
    appeal = open_appeal(submission)
    if appeal and appeal.rejected_by_id == user.pk:
        return SENTENCES["appeal_decided_by_another"]
    return why_no_decision(submission, user)


DECISIONS = (
    AdminVerb(
        "uphold-appeal",
        _("Uphold the appeal"),
        _("Puts the entry back in review. The artist gets mail with your answer."),
        lambda s, user, data: workflow.uphold(s, by=user, **data),
        _is_open,
        AnswerForm,
        barred=_not_by_whom_rejected,
        facts=appeal_in_words,
        mails=_mails("appeal_upheld"),
    ),
    AdminVerb(
        "dismiss-appeal",
        _("Dismiss the appeal"),
        _("The rejection stands. The artist gets mail with your answer."),
        lambda s, user, data: workflow.dismiss(s, by=user, **data),
        _is_open,
        AnswerForm,
        barred=_not_by_whom_rejected,
        facts=appeal_in_words,
        mails=_mails("appeal_dismissed"),
    ),
)
