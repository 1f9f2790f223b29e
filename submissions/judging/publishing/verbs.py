"""Buttons: a round's result is published; an unranked entry is allowed a prize."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from competitions.access import organizes
from competitions.models import Prize
from competitions.states import CompetitionState
from mycenas.core.approvals.states import SENTENCES as APPROVALS
from mycenas.core.approvals.workflow import NO_PROPOSER, proposer_may
from mycenas.core.fields import ProseField
from mycenas.core.templatetags.ui import moment_text
from mycenas.staff.verbs import AdminVerb, ReasonForm, Text, no_mail
from submissions.judging.models import Round
from submissions.judging.publishing import awards
from submissions.judging.publishing.constraints import SENTENCES
from submissions.judging.publishing.workflow import publish, result_of
from submissions.judging.states import RoundState
from submissions.models import Award, Submission
from submissions.states import SubmissionState

BY_ORGANIZERS = _("Organizers of the competition give prizes.")
PUBLISHED_BY_ORGANIZERS = _("Organizers of the competition publish results.")
NO_SECOND_PERSON = _(
    "Two organizers allow this, and there is no other one. Invite a second organizer "
    "on the page “People” of the competition or its organization."
)


def _is_closed(this: Round) -> bool:
    return this.state == RoundState.CLOSED and not this.competition.is_cancelled


def _not_publishable(this: Round, user: Any) -> Text | None:
    if not organizes(user, this.competition):
        return PUBLISHED_BY_ORGANIZERS
    return None if result_of(this) else SENTENCES["round_published_with_result"]


PUBLISH = AdminVerb(
    "publish",
    _("Publish this result"),
    _(
        "Shows ranking and anonymized scores to everybody; it cannot be taken back. "
        "You can read them before on the page of the result."
    ),
    lambda this, user, data: publish(this, by=user),
    _is_closed,
    barred=_not_publishable,
    mails=no_mail,
)


class UnrankedForm(forms.Form):
    """Which prize, and why."""

    prize = forms.ModelChoiceField(label=_("Prize"), queryset=Prize.objects.none())
    reason = ProseField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("It becomes public beside the results."),
    )

    def __init__(self, *args: Any, instance: Submission, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = Award.objects.standing().values("prize")
        prizes = Prize.objects.filter(competition=instance.competition_id)
        field: Any = self.fields["prize"]
        field.queryset = prizes.exclude(pk__in=given)


class ConfirmUnrankedForm(forms.Form):
    """Confirms the proposal that the page shows, and no other."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, instance: Submission, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        proposal = awards.proposal_of(instance)
        self.fields["digest"].initial = proposal.digest if proposal else ""


def _may_win(submission: Submission) -> bool:
    competition = submission.competition
    is_closed = competition.state == CompetitionState.CLOSED
    is_accepted = submission.state == SubmissionState.APPROVED
    return is_closed and is_accepted and not competition.is_cancelled


def _is_proposed(submission: Submission) -> bool:
    return _may_win(submission) and awards.proposal_of(submission) is not None


def _can_be_proposed(submission: Submission) -> bool:
    if not _may_win(submission) or not awards.is_unranked(submission):
        return False
    return awards.proposal_of(submission) is None


def _not_proposable(submission: Submission, user: Any) -> Text | None:
    if not organizes(user, submission.competition):
        return BY_ORGANIZERS
    return None if awards.has_second_person(submission, user) else NO_SECOND_PERSON


def _not_confirmable(submission: Submission, user: Any) -> Text | None:
    proposal = awards.proposal_of(submission)
    if not organizes(user, submission.competition):
        return BY_ORGANIZERS
    if proposal and proposal.proposed_by_id == user.pk:
        return APPROVALS["approval_decided_by_another"]
    return NO_PROPOSER if proposal and not proposer_may(proposal) else None


def _not_ended(submission: Submission, user: Any) -> Text | None:
    return None if organizes(user, submission.competition) else BY_ORGANIZERS


def proposal_in_words(submission: Submission) -> list[Text]:
    proposal = awards.proposal_of(submission)
    if proposal is None:
        return []
    zone = submission.competition.zone
    said = {
        "who": proposal.proposed_by,
        "prize": awards.prize_of(proposal) or "–",
        "when": moment_text(proposal.proposed_at, zone),
        "until": moment_text(proposal.expires_at, zone),
    }
    return [
        _now("%(who)s proposed on %(when)s that it may get “%(prize)s”.") % said,
        f"“{proposal.reason}”",
        _now("Another organizer can confirm it until %(until)s.") % said,
    ]


UNRANKED_AWARD = (
    AdminVerb(
        "allow-unranked",
        _("Propose a prize without a ranking"),
        _(
            "No result of a jury round ranks this entry. Another organizer has to "
            "confirm that it may get the prize, and your reason becomes public."
        ),
        lambda s, user, data: awards.propose(s, by=user, **data),
        _can_be_proposed,
        UnrankedForm,
        wants_object=True,
        barred=_not_proposable,
        mails=no_mail,
    ),
    AdminVerb(
        "confirm-unranked",
        _("Confirm the prize without a ranking"),
        _("Then an organizer gives the prize with the button “Give a prize”."),
        lambda s, user, data: awards.confirm(s, by=user, **data),
        _is_proposed,
        ConfirmUnrankedForm,
        wants_object=True,
        barred=_not_confirmable,
        facts=proposal_in_words,
        mails=no_mail,
    ),
    AdminVerb(
        "end-unranked",
        _("No prize without a ranking"),
        _("Ends the proposal. Nothing else happens."),
        lambda s, user, data: awards.end(s, by=user, **data),
        _is_proposed,
        ReasonForm,
        barred=_not_ended,
        facts=proposal_in_words,
        mails=no_mail,
    ),
)
