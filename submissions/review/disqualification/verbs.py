"""The buttons of an entry's admin page that disqualify it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mycenas.core.approvals.models import Approval
from mycenas.core.approvals.states import SENTENCES as APPROVALS
from mycenas.core.approvals.workflow import NO_PROPOSER, proposer_may
from mycenas.core.fields import ProseField
from mycenas.core.templatetags.ui import moment_text
from mycenas.staff.letters import UNWRITTEN, Letter
from mycenas.staff.verbs import AdminVerb, Text, no_mail
from submissions.access import why_keeps_state, why_no_decision
from submissions.mails import preview
from submissions.models import Submission
from submissions.review.disqualification import workflow
from submissions.review.forms import DecisionForm
from submissions.states import SubmissionState as S


class ConfirmProposalForm(forms.Form):
    """Confirms the proposal that the page shows, and no other."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, instance: Submission, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        proposal = proposal_of(instance)
        self.fields["digest"].initial = proposal.digest if proposal else ""


class EndProposalForm(forms.Form):
    """Why the proposal ends; the people of the competition read it."""

    reason = ProseField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Organizers and moderators read it in the history of the entry."),
    )


def proposal_of(submission: Submission) -> Approval | None:
    """The open proposal, read once for each page."""
    known: dict[str, Any] = vars(submission)
    if "open_proposal" not in known:
        is_accepted = submission.state == S.APPROVED
        found = workflow.proposal_of(submission) if is_accepted else None
        known["open_proposal"] = found
    proposal: Approval | None = known["open_proposal"]
    return proposal


def proposal_in_words(submission: Submission) -> list[Text]:
    """Who proposes to disqualify the entry, why, and until when it can be confirmed."""
    proposal = proposal_of(submission)
    if proposal is None:
        return []
    zone = submission.competition.zone
    found: list[Text] = [
        _("%(who)s proposed on %(when)s to disqualify this entry.")
        % {
            "who": proposal.proposed_by,
            "when": moment_text(proposal.proposed_at, zone),
        },
        f"“{proposal.reason}”",
    ]
    if not proposer_may(proposal):
        found.append(NO_PROPOSER)
    elif not (submission.competition.is_cancelled or submission.competition.is_final):
        until = moment_text(proposal.expires_at, zone)
        sentence = _("Another person can confirm it until %(until)s.")
        found.append(sentence % {"until": until})
    return found


def _is_proposed(submission: Submission) -> bool:
    return proposal_of(submission) is not None


def _can_be_proposed(submission: Submission) -> bool:
    is_final = submission.competition.is_final
    is_accepted = submission.state == S.APPROVED and not is_final
    return is_accepted and not _is_proposed(submission)


def _not_proposable(submission: Submission, user: Any) -> Text | None:
    return why_keeps_state(submission, user) or workflow.lacks_second_person(
        submission, user
    )


def _not_confirmable(submission: Submission, user: Any) -> Text | None:
    proposal = proposal_of(submission)
    if proposal and proposal.proposed_by_id == user.pk:
        return APPROVALS["approval_decided_by_another"]
    if sentence := why_keeps_state(submission, user):
        return sentence
    return NO_PROPOSER if proposal and not proposer_may(proposal) else None


def _proposal_mails(entries: list[Any], user: Any, data: Any) -> list[Letter]:
    proposal = Approval(proposed_by=user, reason=data.get("reason", UNWRITTEN))
    return [
        letter
        for one in entries
        for letter in workflow.proposal_letters(one, proposal, by=user)
    ]


def _confirmation_mails(entries: list[Any], user: Any, data: Any) -> list[Letter]:
    return [
        preview(one, S.DISQUALIFIED, reason=proposal.reason)
        for one in entries
        if (proposal := proposal_of(one))
    ]


DISQUALIFICATION = (
    AdminVerb(
        "disqualify",
        _("Propose to disqualify"),
        _(
            "Another organizer or moderator has to confirm it. Then the entry is taken "
            "out for breaking the rules, and the artist reads your reason."
        ),
        lambda s, user, data: workflow.propose(s, by=user, **data),
        _can_be_proposed,
        DecisionForm,
        barred=_not_proposable,
        mails=_proposal_mails,
    ),
    AdminVerb(
        "confirm-disqualification",
        _("Confirm the disqualification"),
        _(
            "Takes the entry out for breaking the rules, for good. The artist gets "
            "mail with the reason."
        ),
        lambda s, user, data: workflow.confirm(s, by=user, **data),
        lambda s: _is_proposed(s) and not s.competition.is_final,
        ConfirmProposalForm,
        wants_object=True,
        barred=_not_confirmable,
        facts=proposal_in_words,
        mails=_confirmation_mails,
    ),
    AdminVerb(
        "end-disqualification",
        _("Do not disqualify"),
        _("Ends the proposal. The entry stays accepted."),
        lambda s, user, data: workflow.end(s, by=user, **data),
        _is_proposed,
        EndProposalForm,
        barred=why_no_decision,
        facts=proposal_in_words,
        mails=no_mail,
    ),
)
