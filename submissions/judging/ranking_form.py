"""The form of a ranking: a place for each entry of the juror."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy as _

from submissions.judging.models import Assignment
from submissions.judging.rankings import LAST, MOST_PLACES, Placed, is_asked
from submissions.judging.states import AssignmentState

PLACE, AFTER = "place-", "after-"
# What the page showed of an entry: the version of its place, and an abstention.
ABSTAINED = "-abstained"
SHOWN = rf"[0-9]{{1,5}}(?:{ABSTAINED})?"


class Row(NamedTuple):
    """An entry with its field."""

    pair: Assignment
    place: forms.BoundField
    after: forms.BoundField


class RankingForm(forms.Form):
    """Places may stay empty for now; what is there is kept, and does not count yet."""

    use_required_attribute = False

    rest_last = forms.BooleanField(
        label=_("Entries without a place share the last ones"),
        required=False,
        help_text=_("For when you rank your best entries alone."),
    )

    def __init__(
        self,
        *args: Any,
        pairs: list[Assignment],
        saved: Mapping[int, Placed],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.pairs = pairs
        self.was_complete = any(one.is_complete for one in saved.values())
        for pair in pairs:
            now = saved.get(pair.pk, Placed())
            abstains = pair.state == AssignmentState.ABSTAINED
            name = f"{PLACE}{pair.pk}"
            self.fields[name] = _place_of(pair)
            self.initial[name] = "" if abstains or now.place == LAST else now.place
            self.fields[f"{AFTER}{pair.pk}"] = forms.RegexField(
                SHOWN, widget=forms.HiddenInput
            )
            mark = ABSTAINED if abstains else ""
            self.initial[f"{AFTER}{pair.pk}"] = f"{now.version}{mark}"
        lasts = [one for one in saved.values() if one.place == LAST]
        self.initial["rest_last"] = bool(lasts)

    @property
    def rows(self) -> list[Row]:
        return [
            Row(pair, self[f"{PLACE}{pair.pk}"], self[f"{AFTER}{pair.pk}"])
            for pair in self.pairs
        ]

    @property
    def places(self) -> dict[Assignment, str]:
        """What each entry gets: a number as text, "last", or nothing."""
        rest = LAST if self.cleaned_data["rest_last"] else ""
        found = {}
        for pair in self.pairs:
            place = self.cleaned_data.get(f"{PLACE}{pair.pk}")
            found[pair] = str(place) if place else rest if is_asked(pair, "") else ""
        return found

    @property
    def after(self) -> dict[int, int]:
        shown = {one.pk: self.cleaned_data[f"{AFTER}{one.pk}"] for one in self.pairs}
        return {key: int(text.removesuffix(ABSTAINED)) for key, text in shown.items()}

    def clean(self) -> dict[str, Any]:
        """Different places; all of them, if the ranking counts already."""
        found: dict[str, Any] = super().clean() or {}
        given: dict[int, list[Assignment]] = defaultdict(list)
        for pair in self.pairs:
            if place := found.get(f"{PLACE}{pair.pk}"):
                given[place].append(pair)
        for place, several in given.items():
            for pair in several if len(several) > 1 else ():
                words = {"place": place, "number": len(several)}
                sentence = _("%(number)d entries have place %(place)d. Change it.")
                self.add_error(f"{PLACE}{pair.pk}", sentence % words)
        if found.get("rest_last") and not given and not self.errors:
            sentence = _("Give at least one entry a place; the others share the last.")
            self.add_error("rest_last", sentence)
        for pair in self.pairs:
            self._require_shown(pair, found)
        if self.was_complete and not found.get("rest_last"):
            self._require_all(found)
        return found

    def _require_shown(self, pair: Assignment, found: dict[str, Any]) -> None:
        """A place takes an abstention back, which the page must have shown."""
        shown, name = found.get(f"{AFTER}{pair.pk}", ""), f"{PLACE}{pair.pk}"
        abstains = pair.state == AssignmentState.ABSTAINED
        if abstains and found.get(name) and not shown.endswith(ABSTAINED):
            sentence = _(
                "You abstained from this entry in another window. Leave it empty, or "
                "reload the page to take that back."
            )
            self.add_error(name, sentence)

    def _require_all(self, found: dict[str, Any]) -> None:
        for pair in self.pairs:
            name = f"{PLACE}{pair.pk}"
            if is_asked(pair, "") and name in found and not found[name]:
                sentence = _(
                    "Your ranking counts already, so each entry keeps a place. Give it "
                    "one, let it share the last places, or abstain from it."
                )
                self.add_error(name, sentence)


def _place_of(pair: Assignment) -> forms.IntegerField:
    words = _("Place of “%(entry)s”") % {"entry": pair.submission.title}
    return forms.IntegerField(
        label=words,
        required=False,
        min_value=1,
        max_value=MOST_PLACES,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "place"}),
    )
