"""Forms of admin actions on entries."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from competitions.models import Prize
from mycenas.core.fields import ProseField
from submissions.models import Award, Submission


class DecisionForm(forms.Form):
    """A reason that the artist will read."""

    reason = ProseField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The artist will read it: name the rule and what could help."),
    )


def prizes_left(submission: Submission) -> QuerySet[Prize]:
    """The prizes of its competition that nobody holds."""
    given = Award.objects.standing().values("prize")
    prizes = Prize.objects.filter(competition=submission.competition_id)
    return prizes.exclude(pk__in=given)


class AwardForm(forms.Form):
    """Which prize, and why."""

    prize = forms.ModelChoiceField(
        label=_("Prize"),
        queryset=Prize.objects.none(),
        empty_label=_("Choose a prize"),
    )
    citation = ProseField(
        label=_("Citation"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Why it won; shown with the entry."),
    )

    def __init__(self, *args: Any, instance: Submission, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["prize"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  for mypy
        field.queryset = prizes_left(instance)
