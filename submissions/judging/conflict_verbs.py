"""The button with which organizers declare a juror's conflict of interest."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from competitions.states import CompetitionState
from mycenas.core.fields import ProseField
from mycenas.staff.verbs import AdminVerb, no_mail
from submissions.judging import workflow
from submissions.judging.forms import DECLARED
from submissions.judging.models import Juror, Round
from submissions.judging.models.round import LONGEST_REASON
from submissions.judging.states import RoundState
from submissions.models import Submission


class DeclareConflictForm(forms.Form):
    """Who, which entry, and what connects them."""

    juror = forms.ModelChoiceField(Juror.objects.none(), label=_("Juror"))
    entry = forms.ModelChoiceField(Submission.objects.none(), label=_("Entry"))
    kind = forms.ChoiceField(label=_("What connects them?"), choices=DECLARED)
    explanation = ProseField(
        label=_("Explanation"),
        max_length=LONGEST_REASON,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It is kept with the conflict; no page and no history shows it."),
    )

    def __init__(self, *args: Any, instance: Round, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        jurors: Any = self.fields["juror"]
        jurors.queryset = instance.jurors.select_related("user")
        entries: Any = self.fields["entry"]
        entries.queryset = Submission.objects.filter(
            candidacies__round=instance
        ).order_by("title", "pk")
        entries.label_from_instance = lambda one: f"{one.title} ({one.pk})"


def _can_be_declared(this: Round) -> bool:
    competition = this.competition
    is_final = competition.state == CompetitionState.WINNER_ANNOUNCED
    is_there = this.state != RoundState.CANCELLED
    return is_there and not is_final and not competition.is_cancelled


DECLARE_CONFLICT = AdminVerb(
    "conflict",
    _("Declare a conflict of interest"),
    _(
        "The juror does not judge the entry any more, in any round, and a score of it "
        "does not count. It cannot be taken back. In an open round, “Take in entries "
        "and jurors” then gives its reading to another juror. A result that is sealed "
        "stays, until two organizers put another one in its place."
    ),
    lambda this, user, data: workflow.declare_conflict(this, by=user, **data),
    _can_be_declared,
    DeclareConflictForm,
    wants_object=True,
    mails=no_mail,
)
