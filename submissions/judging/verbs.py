"""The buttons on the admin page of a jury round."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from mycenas.core.approvals.kinds import ApprovalKind
from mycenas.core.approvals.states import SENTENCES as APPROVALS
from mycenas.core.approvals.workflow import NO_PROPOSER, proposer_may
from mycenas.core.templatetags.ui import moment_text
from mycenas.staff.verbs import AdminVerb, ReasonForm, Text, no_mail
from submissions.judging import workflow
from submissions.judging.access import entries_below_quorum, new_entries, new_jurors
from submissions.judging.models import Juror, Round
from submissions.judging.states import RoundState as R


def _in(*states: R) -> Any:
    return lambda this: this.state in states and not this.competition.is_cancelled


# --- what is missing, what will happen


def _what_comes(this: Round) -> list[Text]:
    words = {"entries": new_entries(this).count(), "jurors": new_jurors(this).count()}
    if this.state == R.OPEN:
        return [
            _now("New jurors: %(jurors)d. They share in what is not begun.") % words
        ]
    return [_now("New entries: %(entries)d. New jurors: %(jurors)d.") % words]


def _what_is_assigned(this: Round) -> list[Text]:
    words = {
        "entries": this.candidates.count(),
        "jurors": this.jurors.filter(absent_since=None).count(),
        "readings": this.readings,
        "quorum": this.quorum,
    }
    return [
        _now("Entries: %(entries)d, each for %(readings)d of %(jurors)d jurors.")
        % words,
        _now("Each entry needs %(quorum)d scores before the round is closed.") % words,
    ]


def _below(this: Round) -> list[Text]:
    words = {"number": entries_below_quorum(this), "quorum": this.quorum}
    sentence = _now("Entries with fewer than %(quorum)d scores: %(number)d.")
    return [sentence % words]


def _not_closable(this: Round, user: Any) -> Text | None:
    if entries_below_quorum(this):
        return _("Some entries have too few scores: two persons may close the round.")
    return None


# --- by two persons


class ConfirmForm(forms.Form):
    """Confirms the proposal that the page shows, and no other."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    kind: ApprovalKind

    def __init__(self, *args: Any, instance: Round, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        proposal = workflow.proposal_of(instance, self.kind)
        self.fields["digest"].initial = proposal.digest if proposal else ""


class ConfirmCloseForm(ConfirmForm):
    kind = workflow.CLOSE


class ConfirmCancelForm(ConfirmForm):
    kind = workflow.CANCEL


def _proposed(kind: ApprovalKind, *states: R) -> Any:
    is_there = _in(*states)
    return lambda this: is_there(this) and workflow.proposal_of(this, kind) is not None


def _not_proposed(kind: ApprovalKind, *states: R) -> Any:
    is_there = _in(*states)
    return lambda this: is_there(this) and workflow.proposal_of(this, kind) is None


def _in_words(kind: ApprovalKind) -> Any:
    def words(this: Round) -> list[Text]:
        proposal = workflow.proposal_of(this, kind)
        if proposal is None:
            return []
        zone = this.competition.zone
        said = {
            "who": proposal.proposed_by,
            "when": moment_text(proposal.proposed_at, zone),
            "until": moment_text(proposal.expires_at, zone),
        }
        found: list[Text] = [
            _now("%(who)s proposed it on %(when)s.") % said,
            f"“{proposal.reason}”",
            _now("Another organizer can confirm it until %(until)s.") % said,
        ]
        return [*found, *_below(this)] if kind is workflow.CLOSE else found

    return words


def _not_confirmable(kind: ApprovalKind) -> Any:
    def why(this: Round, user: Any) -> Text | None:
        proposal = workflow.proposal_of(this, kind)
        if proposal and proposal.proposed_by_id == user.pk:
            return APPROVALS["approval_decided_by_another"]
        return NO_PROPOSER if proposal and not proposer_may(proposal) else None

    return why


def by_two(
    kind: ApprovalKind,
    name: str,
    labels: tuple[Text, Text, Text],
    explanation: Text,
    form: type[ConfirmForm],
    *states: R,
) -> tuple[AdminVerb, ...]:
    """Three buttons: propose it, confirm it, end the proposal."""
    propose, confirm, end = labels
    return (
        AdminVerb(
            f"propose-{name}",
            propose,
            explanation,
            lambda r, user, data: workflow.propose(r, kind, by=user, **data),
            _not_proposed(kind, *states),
            ReasonForm,
            facts=_below if kind is workflow.CLOSE else None,
            mails=no_mail,
        ),
        AdminVerb(
            f"confirm-{name}",
            confirm,
            explanation,
            lambda r, user, data: workflow.confirm(r, kind, by=user, **data),
            _proposed(kind, *states),
            form,
            wants_object=True,
            barred=_not_confirmable(kind),
            facts=_in_words(kind),
            mails=no_mail,
        ),
        AdminVerb(
            f"end-{name}",
            end,
            _("Ends the proposal. Nothing else happens."),
            lambda r, user, data: workflow.end(r, kind, by=user, **data),
            _proposed(kind, *states),
            ReasonForm,
            facts=_in_words(kind),
            mails=no_mail,
        ),
    )


# --- jurors


class SeatForm(forms.Form):
    """One of the jurors, by whether the juror is absent."""

    juror = forms.ModelChoiceField(Juror.objects.none(), label=_("Juror"))
    is_absent = False

    def __init__(self, *args: Any, instance: Round, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = instance.jurors.select_related("user", "round__competition")
        rows = rows.filter(absent_since__isnull=not self.is_absent)
        self.fields["juror"].queryset = rows  # type: ignore[attr-defined]


class AbsentSeatForm(SeatForm):
    is_absent = True


def _has_absent(this: Round) -> bool:
    is_there = _in(R.DRAFT, R.OPEN)(this)
    return is_there and this.jurors.exclude(absent_since=None).exists()


VERBS = (
    AdminVerb(
        "take-in",
        _("Take in entries and jurors"),
        _(
            "A draft gets all accepted entries, and all people with the role of juror; "
            "an open round gets the new jurors alone."
        ),
        lambda r, user, data: workflow.take_in(r, by=user),
        _in(R.DRAFT, R.OPEN),
        facts=_what_comes,
        mails=no_mail,
    ),
    AdminVerb(
        "open",
        _("Open the round"),
        _(
            "Assigns the entries to the jurors, who can score from then on. The "
            "settings, criteria and entries are fixed, and you see no score before "
            "the round is closed."
        ),
        lambda r, user, data: workflow.open_round(r, by=user),
        _in(R.DRAFT),
        facts=_what_is_assigned,
        mails=no_mail,
    ),
    AdminVerb(
        "back-to-draft",
        _("Back to draft"),
        _("Only while there is no score. Jurors do not see the round meanwhile."),
        lambda r, user, data: workflow.back_to_draft(r, by=user),
        _in(R.OPEN),
        mails=no_mail,
    ),
    AdminVerb(
        "absent",
        _("Mark a juror as absent"),
        _("What the juror scored counts; the rest goes to the other jurors."),
        lambda r, user, data: workflow.mark_absent(data["juror"], by=user),
        _in(R.DRAFT, R.OPEN),
        SeatForm,
        wants_object=True,
        mails=no_mail,
    ),
    AdminVerb(
        "present",
        _("Take a juror back"),
        _("The juror shares in what is not begun."),
        lambda r, user, data: workflow.mark_present(data["juror"], by=user),
        _has_absent,
        AbsentSeatForm,
        wants_object=True,
        mails=no_mail,
    ),
    AdminVerb(
        "close",
        _("Close the round"),
        _("No score is taken any more, for good."),
        lambda r, user, data: workflow.close_round(r, by=user),
        _in(R.OPEN),
        barred=_not_closable,
        mails=no_mail,
    ),
    *by_two(
        workflow.CLOSE,
        "close",
        (
            _("Propose to close it below the quorum"),
            _("Confirm to close it below the quorum"),
            _("Do not close it below the quorum"),
        ),
        _("Another organizer has to confirm it. Then no score is taken any more."),
        ConfirmCloseForm,
        R.OPEN,
    ),
    *by_two(
        workflow.CANCEL,
        "cancel",
        (
            _("Propose to cancel the round"),
            _("Confirm to cancel the round"),
            _("Do not cancel the round"),
        ),
        _("Another organizer has to confirm it. Its scores are never read or counted."),
        ConfirmCancelForm,
        R.OPEN,
        R.CLOSED,
    ),
)
