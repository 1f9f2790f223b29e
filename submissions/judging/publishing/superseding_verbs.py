"""Buttons of a round: propose another result, confirm it, end the proposal."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from competitions.states import CompetitionState
from mycenas.core.approvals.states import SENTENCES as APPROVALS
from mycenas.core.approvals.workflow import NO_PROPOSER, proposer_may
from mycenas.core.templatetags.ui import moment_text
from mycenas.staff.verbs import AdminVerb, ReasonForm, Text, no_mail
from submissions.judging.models import Round
from submissions.judging.publishing import superseding
from submissions.judging.publishing.workflow import result_of
from submissions.judging.states import RoundState

UNCHANGED = _(
    "Nothing has changed since the result was sealed: another count makes the same "
    "one. Declare a conflict of interest, or disqualify an entry, first."
)


class ConfirmSupersedingForm(forms.Form):
    """Confirms the proposal that the page shows, and no other."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, instance: Round, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        proposal = superseding.proposal_of(instance)
        self.fields["digest"].initial = proposal.digest if proposal else ""


def _is_sealed(this: Round) -> bool:
    """Whether its result can be superseded: not once the winners are announced."""
    competition = this.competition
    is_final = competition.state == CompetitionState.WINNER_ANNOUNCED
    if is_final or competition.is_cancelled:
        return False
    is_over = this.state in (RoundState.CLOSED, RoundState.PUBLISHED)
    return is_over and result_of(this) is not None


def _can_be_proposed(this: Round) -> bool:
    return _is_sealed(this) and superseding.proposal_of(this) is None


def _is_proposed(this: Round) -> bool:
    return _is_sealed(this) and superseding.proposal_of(this) is not None


def _not_proposable(this: Round, user: Any) -> Text | None:
    return None if superseding.is_outdated(this) else UNCHANGED


def _not_confirmable(this: Round, user: Any) -> Text | None:
    proposal = superseding.proposal_of(this)
    if proposal and proposal.proposed_by_id == user.pk:
        return APPROVALS["approval_decided_by_another"]
    return NO_PROPOSER if proposal and not proposer_may(proposal) else None


def _what_changes(this: Round) -> list[Text]:
    found = superseding.changes_of(this)
    if found is None:
        return []
    words = found._asdict()
    return [
        _now("Scores that count: %(readings_before)d before, %(readings_after)d now.")
        % words,
        _now("Entries: %(entries_before)d before, %(entries_after)d now.") % words,
        _now("Entries with another place: %(moved)d.") % words,
    ]


def _proposal_in_words(this: Round) -> list[Text]:
    proposal = superseding.proposal_of(this)
    if proposal is None:
        return []
    zone = this.competition.zone
    said = {
        "who": proposal.proposed_by,
        "when": moment_text(proposal.proposed_at, zone),
        "until": moment_text(proposal.expires_at, zone),
    }
    return [
        _now("%(who)s proposed it on %(when)s.") % said,
        f"“{proposal.reason}”",
        *_what_changes(this),
        _now("Another organizer can confirm it until %(until)s.") % said,
    ]


SUPERSEDING = (
    AdminVerb(
        "propose-supersede",
        _("Propose another result"),
        _(
            "Counts again what counts now. Another organizer has to confirm it; then "
            "it takes the place of the sealed result, which is kept. Your reason "
            "stands beside the published result."
        ),
        lambda this, user, data: superseding.propose(this, by=user, **data),
        _can_be_proposed,
        ReasonForm,
        barred=_not_proposable,
        facts=_what_changes,
        mails=no_mail,
    ),
    AdminVerb(
        "confirm-supersede",
        _("Confirm the other result"),
        _(
            "It takes the place of the sealed result. What was published before is "
            "kept, and the page says that another result took its place."
        ),
        lambda this, user, data: superseding.confirm(this, by=user, **data),
        _is_proposed,
        ConfirmSupersedingForm,
        wants_object=True,
        barred=_not_confirmable,
        facts=_proposal_in_words,
        mails=no_mail,
    ),
    AdminVerb(
        "end-supersede",
        _("Keep the sealed result"),
        _("Ends the proposal. Nothing else happens."),
        lambda this, user, data: superseding.end(this, by=user, **data),
        _is_proposed,
        ReasonForm,
        facts=_proposal_in_words,
        mails=no_mail,
    ),
)
