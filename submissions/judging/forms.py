"""The forms of jurors."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mycenas.core.fields import ProseField
from submissions.judging.comparing import BETTER, OTHER
from submissions.judging.models import Assignment, Criterion, Round
from submissions.judging.models.assignment import LONGEST_REMARK, MOST_VERSIONS
from submissions.judging.models.round import LONGEST_REASON
from submissions.judging.scoring import Saved, Versions
from submissions.judging.states import (
    RANKED,
    Better,
    ConflictKind,
    Method,
    RemarkKind,
    Vote,
)

VOTE = "vote"
CRITERION = "criterion-"
# Chosen from the list; own work never reaches its juror.
DECLARED = [one for one in ConflictKind.choices if one[0] != ConflictKind.OWN_WORK]


def plain(number: Decimal) -> str:
    """The number without zeros at its end, as scores hold it."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class ScaleField(forms.DecimalField):
    """Points on the scale of a criterion; it may stay empty for now."""

    def __init__(self, criterion: Criterion) -> None:
        self.criterion = criterion
        low, high, step = map(plain, (criterion.low, criterion.high, criterion.step))
        scale = _("%(low)s to %(high)s") % {"low": low, "high": high}
        if step != "1":
            in_steps = _("%(scale)s in steps of %(step)s")
            scale = in_steps % {"scale": scale, "step": step}
        words = f"{criterion.description} ({scale})" if criterion.description else scale
        attributes = {"min": low, "max": high, "step": step, "inputmode": "decimal"}
        super().__init__(
            label=criterion.name,
            help_text=words,
            widget=forms.NumberInput(attrs=attributes),
        )

    def validate(self, value: Any) -> None:
        """On the scale, or missing; PostgreSQL refuses others as well."""
        if value is not None and not value.is_finite():
            raise forms.ValidationError(self.error_messages["invalid"])
        scale = self.criterion
        is_on_scale = value is None or (
            scale.low <= value <= scale.high and not (value - scale.low) % scale.step
        )
        if not is_on_scale:
            raise forms.ValidationError(
                _(
                    "%(value)s is not on the scale. Give %(min)s to %(max)s in steps "
                    "of %(step)s."
                ),
                params={"value": plain(value), **self.widget.attrs},
            )


class ScoreForm(forms.Form):
    """What a juror gives an entry; incomplete points are kept and do not count yet."""

    # Points that are missing do not keep the others from being saved.
    use_required_attribute = False

    after = forms.IntegerField(
        widget=forms.HiddenInput, min_value=0, max_value=MOST_VERSIONS
    )
    # Missing where nothing was written yet.
    after_remark = forms.IntegerField(
        widget=forms.HiddenInput, min_value=0, max_value=MOST_VERSIONS, required=False
    )

    def __init__(
        self,
        *args: Any,
        this: Round,
        saved: Saved | None = None,
        compared: tuple[Assignment, Assignment] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        shown = saved or Saved()
        self.initial["after"], self.initial["after_remark"] = shown.versions
        # Places are given on the page of the ranking.
        self.asks_points = this.method not in RANKED
        if this.method == Method.YES_NO_MAYBE:
            self._choose(VOTE, _("Does it go on?"), Vote.choices, shown)
        elif this.method == Method.BRADLEY_TERRY and compared:
            self._compare(*compared, shown)
        elif this.method == Method.WEIGHTED:
            for one in this.criteria.all():
                self.fields[f"{CRITERION}{one.pk}"] = ScaleField(one)
                self.initial[f"{CRITERION}{one.pk}"] = shown.given.get(str(one.pk))
        for kind, label, words in REMARKS:
            self.fields[kind] = ProseField(
                label=label,
                help_text=words,
                required=False,
                max_length=LONGEST_REMARK,
                widget=forms.Textarea(attrs={"rows": 3}),
            )
            self.initial[kind] = shown.remarks.get(kind, "")

    def _compare(self, pair: Assignment, other: Assignment, shown: Saved) -> None:
        titles = [f"“{one.submission.title}”" for one in (pair, other)]
        answers = list(zip(Better.values, [*titles, Better.EQUAL.label], strict=True))
        self._choose(BETTER, _("Which one is better?"), answers, shown)
        if shown.given.get(OTHER) != str(other.submission_id):
            # What was saved compares with an entry that is not judged any more.
            self.initial[BETTER] = ""
        self.fields[OTHER] = forms.IntegerField(widget=forms.HiddenInput)
        self.initial[OTHER] = other.submission_id

    def _choose(self, name: str, label: Any, answers: Any, shown: Saved) -> None:
        self.fields[name] = forms.ChoiceField(
            label=label, choices=answers, required=False, widget=forms.RadioSelect
        )
        self.initial[name] = shown.given.get(name, "")

    def clean_other(self) -> int:
        """The entry that the page showed; a later one would be another question."""
        if self.cleaned_data[OTHER] != self.initial[OTHER]:
            raise forms.ValidationError(
                _(
                    "The entry to compare with is another one now. Reload the page to "
                    "see it."
                )
            )
        return int(self.cleaned_data[OTHER])

    @property
    def versions(self) -> Versions:
        """What the page showed that the form was on."""
        found = self.cleaned_data
        return Versions(found["after"], found["after_remark"] or 0)

    @property
    def given(self) -> dict[str, str] | None:
        """The points as a score holds them; None if the page does not ask for them."""
        if not self.asks_points:
            return None
        found = {}
        for name, value in self.cleaned_data.items():
            if name == VOTE and value:
                found[VOTE] = value
            elif name == BETTER and value:
                found |= {BETTER: value, OTHER: str(self.cleaned_data[OTHER])}
            elif name.startswith(CRITERION) and value is not None:
                found[name.removeprefix(CRITERION)] = plain(value)
        return found

    @property
    def remarks(self) -> dict[str, str]:
        return {kind: self.cleaned_data[kind] for kind in RemarkKind.values}


REMARKS = (
    (
        RemarkKind.NOTE.value,
        _("Private note"),
        _("Only you read it, also after the round."),
    ),
    (
        RemarkKind.FEEDBACK.value,
        _("Feedback to the artist"),
        _("Without your name. The artist may read it once the results are published."),
    ),
)


class AbstainForm(forms.Form):
    reason = ProseField(
        label=_("Why do you abstain?"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The organizers read it. A score that you gave does not count."),
    )


class ConflictForm(forms.Form):
    kind = forms.ChoiceField(label=_("What connects you?"), choices=DECLARED)
    explanation = ProseField(
        label=_("Explanation"),
        max_length=LONGEST_REASON,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "The organizers read it. You do not judge this entry any more, in any "
            "round; this cannot be taken back."
        ),
    )
