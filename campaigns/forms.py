"""What organizers fill in for a sponsor's campaign."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from competitions.models import Competition
from mycenas.core.db.bounds import limited
from mycenas.staff.datetimes import AdminDateTimeField, in_zone
from mycenas.staff.picture_forms import PictureForm
from mycenas.staff.pictures import MOST_MEGABYTES, PictureField
from mycenas.staff.verbs import ReasonForm

REPEATED = _(
    "This campaign was added already, with the same window and words. Open it in the "
    "list, or type another name to add a second one."
)


class EndForm(ReasonForm):
    """Another end of a campaign's window, in its competition's zone, and why."""

    ends_at = AdminDateTimeField(label=_("New end"))
    field_order = ("ends_at", "reason")

    def __init__(self, *args: Any, instance: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = instance.competition.zone
        field = limited(self.fields["ends_at"], Campaign, "ends_at")
        field.help_text = _(
            "In the time zone %(zone)s. The present end is %(now)s. To stop the "
            "campaign now, end it instead."
        ) % {"zone": zone, "now": in_zone(instance.ends_at, zone)}
        self.initial["ends_at"] = instance.ends_at


class CompetitionForm(forms.Form):
    """The competition of a new campaign, which is asked for before all else."""

    competition = forms.ModelChoiceField(
        Competition.objects.none(),
        label=_("Competition"),
        empty_label=_("Choose a competition"),
    )

    def __init__(self, *args: Any, among: QuerySet[Competition], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["competition"].queryset = among  # type: ignore[attr-defined]


class CampaignForm(PictureForm, forms.ModelForm[Campaign]):
    """A campaign with its picture, which is redrawn before anybody sees it."""

    picture_field = "new_picture"

    new_picture = PictureField(
        label=_("New picture"),
        required=False,
        help_text=_(
            "JPEG, PNG or WebP, at most %(megabytes)d MB, about 1200 × 628 pixels."
        )
        % {"megabytes": MOST_MEGABYTES},
    )

    class Meta:
        model = Campaign
        fields = (
            "competition",
            "sponsor",
            "name",
            "starts_at",
            "ends_at",
            "headline",
            "target_url",
            "alt_text",
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.instance.pk and not self.errors and self._is_repeated(data):
            self.add_error("name", REPEATED)
        return data

    def _is_repeated(self, data: dict[str, Any]) -> bool:
        """Whether the same form was saved before; of two at once the second waits."""
        rows = Competition.objects.select_for_update(no_key=True)
        rows.get(pk=data["competition"].pk)
        # The address is stored in another form than it is typed in.
        typed = set(CampaignForm.Meta.fields) - {"target_url"}
        same = {name: data[name] for name in typed}
        return Campaign.objects.filter(**same).exists()
