"""The forms of jurors."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mycenas.core.fields import ProseField
from submissions.judging.models import Criterion, Round
from submissions.judging.models.assignment import LONGEST_REMARK, MOST_VERSIONS
from submissions.judging.models.round import LONGEST_REASON
from submissions.judging.scoring import Saved, Versions
from submissions.judging.states import ConflictKind, Method, RemarkKind, Vote

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
        self, *args: Any, this: Round, saved: Saved | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        shown = saved or Saved()
        self.initial["after"], self.initial["after_remark"] = shown.versions
        if this.method == Method.YES_NO_MAYBE:
            self.fields[VOTE] = forms.ChoiceField(
                label=_("Does it go on?"),
                choices=Vote.choices,
                required=False,
                widget=forms.RadioSelect,
            )
            self.initial[VOTE] = shown.given.get(VOTE, "")
        else:
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

    @property
    def versions(self) -> Versions:
        """What the page showed that the form was on."""
        found = self.cleaned_data
        return Versions(found["after"], found["after_remark"] or 0)

    @property
    def given(self) -> dict[str, str]:
        """The points as a score holds them."""
        found = {}
        for name, value in self.cleaned_data.items():
            if name == VOTE and value:
                found[VOTE] = value
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
