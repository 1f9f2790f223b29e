"""The buttons on the admin pages of entries and awards."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from competitions.access import organizes
from competitions.states import CompetitionState
from mycenas.core.db import database
from mycenas.staff.verbs import AdminVerb, ReasonForm, no_mail
from submissions.access import (
    is_own,
    is_under_review,
    why_no_decision,
)
from submissions.judging.publishing.verbs import UNRANKED_AWARD
from submissions.mails import preview
from submissions.models import Award, Submission
from submissions.processing import workflow as processing
from submissions.review import rejecting, workflow
from submissions.review.appeals.verbs import DECISIONS as APPEAL_DECISIONS
from submissions.review.appeals.verbs import open_appeal
from submissions.review.disqualification.verbs import DISQUALIFICATION
from submissions.review.forms import AwardForm, DecisionForm, prizes_left
from submissions.review.holds import read_holds, why_not_decided
from submissions.review.permits.verbs import REQUESTS
from submissions.review.reasons.forms import RejectForm
from submissions.states import SENTENCES
from submissions.states import SubmissionState as S


def _in(*states: S) -> Any:
    return lambda submission: submission.state in states


def _can_win(submission: Submission) -> bool:
    competition = submission.competition
    if competition.state != CompetitionState.CLOSED or competition.is_cancelled:
        return False
    return submission.state == S.APPROVED and prizes_left(submission).exists()


def _gives_no_prize(submission: Submission, user: Any) -> Any:
    if not organizes(user, submission.competition):
        return workflow.GIVES_PRIZES
    return _own("award_given_by_another")(submission, user)


def _can_be_reopened(submission: Submission) -> bool:
    is_decided = submission.state in (S.APPROVED, S.REJECTED)
    if not is_decided or not submission.has_pictures:
        return False
    return is_under_review(submission) and open_appeal(submission) is None


def _can_be_taken_back(award: Award) -> bool:
    competition = award.competition
    is_closed = competition.state == CompetitionState.CLOSED
    return is_closed and not competition.is_cancelled and not award.taken_back_at


def _own(rule: str) -> Any:
    return lambda s, user: SENTENCES[rule] if is_own(user, s) else None


_own_entry = _own("submission_decided_by_another")


_SHOWN = ngettext_lazy(
    "%(count)d entry is shown in the gallery.",
    "%(count)d entries are shown in the gallery.",
    "count",
)
_NOT_SHOWN = ngettext_lazy(
    "%(count)d entry is not shown. The artist reads your reason.",
    "%(count)d entries are not shown. Each artist reads your reason.",
    "count",
)
_MAILED = ngettext_lazy("%(count)d mail is sent.", "%(count)d mails are sent.", "count")


def _together(decided: Any) -> Any:
    """What happens to several entries; an artist gets one mail for each.

    The number of artists would say which entries of a blind competition have the same.
    """
    return lambda entries: [
        decided % {"count": len(entries)},
        _MAILED % {"count": len(entries)},
    ]


def _no_undo(submission: Submission, user: Any) -> Any:
    if submission.decided_by_id != user.pk:
        return SENTENCES["submission_undone_by_decider"]
    return why_no_decision(submission, user)


ENTRY_VERBS = (
    AdminVerb(
        "approve",
        _("Approve"),
        _("Shows the entry in the gallery and tells the artist."),
        lambda s, user, data: workflow.approve(s, by=user),
        _in(S.PENDING),
        barred=why_not_decided,
        prepare=read_holds,
        many=_together(_SHOWN),
        mails=lambda entries, user, data: [preview(one, S.APPROVED) for one in entries],
    ),
    AdminVerb(
        "reject",
        _("Reject"),
        _("Does not show the entry. The artist reads your reason."),
        lambda s, user, data: rejecting.reject(s, by=user, **data),
        _in(S.PENDING, S.QUARANTINED),
        RejectForm,
        wants_objects=True,
        barred=why_not_decided,
        prepare=read_holds,
        many=_together(_NOT_SHOWN),
        mails=rejecting.mails,
    ),
    AdminVerb(
        "undo",
        _("Undo"),
        _("Puts the entry back in review; the artist gets no mail about it."),
        lambda s, user, data: workflow.undo(s, by=user),
        lambda s: is_under_review(s) and bool(s.undo_seconds(database.now())),
        barred=_no_undo,
        mails=no_mail,
    ),
    AdminVerb(
        "try-again",
        _("Check the file again"),
        _("Sends the file through the checks once more."),
        lambda s, user, data: processing.try_again(s, by=user),
        _in(S.QUARANTINED),
        barred=_own_entry,
        mails=no_mail,
    ),
    AdminVerb(
        "reopen",
        _("Reopen"),
        _("Puts the entry back in review."),
        lambda s, user, data: workflow.reopen(s, by=user, **data),
        _can_be_reopened,
        DecisionForm,
        barred=why_no_decision,
        mails=no_mail,
    ),
    *REQUESTS,
    *APPEAL_DECISIONS,
    *DISQUALIFICATION,
    *UNRANKED_AWARD,
    AdminVerb(
        "award",
        _("Give a prize"),
        _("The prize becomes public when the winners are announced."),
        lambda s, user, data: workflow.give_award(submission=s, by=user, **data),
        _can_win,
        AwardForm,
        wants_object=True,
        barred=_gives_no_prize,
        mails=no_mail,
    ),
)

AWARD_VERBS = (
    AdminVerb(
        "take-back",
        _("Take the prize back"),
        _("The prize can be given again. The record of both stays."),
        lambda award, user, data: workflow.take_award_back(award, by=user, **data),
        _can_be_taken_back,
        ReasonForm,
        barred=lambda award, user: _own("award_given_by_another")(
            award.submission, user
        ),
        mails=no_mail,
    ),
)
