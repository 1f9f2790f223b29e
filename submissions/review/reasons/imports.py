"""Reason codes as rows of a file: a row for each language of a code."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import Organization, User
from mycenas.core.fields import LineField, ProseField
from mycenas.staff.imports.kinds import ImportKind, Outcome, save_row
from submissions.review.reasons.models import LAST_POSITION, LONGEST_TEXT


class ReasonRowForm(forms.Form):
    code = LineField(max_length=20, help_text=_("for example: off-topic"))
    key = LineField(max_length=1, help_text=_("one of a to z and 0 to 9"))
    language = forms.ChoiceField(
        choices=settings.LANGUAGES,
        help_text=", ".join(code for code, _name in settings.LANGUAGES),
    )
    text = ProseField(
        max_length=LONGEST_TEXT, help_text=_("what the artist reads in this language")
    )
    position = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=LAST_POSITION,
        help_text=_("a number; smaller ones come first"),
    )


def save_reason(row: Organization, data: dict[str, Any], by: User) -> Outcome:
    reasons: Any = row.reasons
    values = {"key": data["key"], "position": data["position"]}
    of_code = save_row(reasons, {"code": data["code"]}, values)
    texts = reasons.get(code=data["code"]).texts
    of_text = save_row(texts, {"language": data["language"]}, {"text": data["text"]})
    if of_code == Outcome.SAME and of_text == Outcome.ADDED:
        return Outcome.CHANGED
    return of_text if of_code == Outcome.SAME else of_code


REASONS = ImportKind(
    name="reasons",
    label=_("reasons for rejecting"),
    scopes=(Organization,),
    form=ReasonRowForm,
    key=("language", "code"),
    save=save_reason,
    note=_("A reason with the same code is changed; none is removed."),
)
