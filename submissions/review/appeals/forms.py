"""Forms of appeals."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from mycenas.core.fields import ProseField
from submissions.review.appeals.models import LONGEST_ANSWER, LONGEST_TEXT


class AppealForm(forms.Form):
    """Why the artist asks for another decision."""

    text = ProseField(
        label=_("Why should the decision be looked at again?"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_(
            "Another person than the one who decided will read it and answer you."
        ),
    )


class AnswerForm(forms.Form):
    """What the artist reads of the decision on an appeal."""

    answer = ProseField(
        label=_("Answer"),
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The artist will read it, by mail and on the receipt."),
    )
