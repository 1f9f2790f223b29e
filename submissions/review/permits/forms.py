"""The form that requests changes of an entry."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from mycenas.core.fields import ProseField
from submissions.review.permits.models import LONGEST_REASON, MOST_DAYS

USUAL_DAYS = 7


class ChangesForm(forms.Form):
    """What to change, and for how many days a changed version is taken."""

    reason = ProseField(
        label=_("Changes"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The artist will read it: say what to change, and why."),
    )
    days = forms.IntegerField(
        label=_("Days"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=USUAL_DAYS,
        help_text=_(
            "For so many days from now the artist can send a changed version, also "
            "after the deadline."
        ),
    )
