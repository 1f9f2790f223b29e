"""The form of a rejection: a reason code, a note, or both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mycenas.core.fields import ProseField
from submissions.models import Submission
from submissions.review.reasons.queries import ReasonChoice, common, reasons_by_owner

OTHER = "-"


class RejectForm(forms.Form):
    """Why entries are not accepted; the artists read it.

    Entries of several organizations are offered the codes that all of them use; the
    artist of each reads the text of its own organization.
    """

    code = forms.ChoiceField(label=_("Reason"), widget=forms.RadioSelect)
    note = ProseField(
        label=_("Note to the artist"),
        required=False,
        max_length=450,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What could help; sent with the reason."),
    )

    def __init__(
        self, *args: Any, objects: Sequence[Submission] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        owners = {one.competition.organization_id for one in objects}
        self.by_owner = reasons_by_owner(owners)
        self.reasons: list[ReasonChoice] = common(self.by_owner)
        field = self.fields["code"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for mypy
        known = [(one.code, one.text) for one in self.reasons]
        field.choices = [*known, (OTHER, _("Another reason, as in the note"))]

    def clean(self) -> dict[str, Any]:
        """Return what `submissions.review.workflow.reject` takes, but for the entry.

        A reason without a code needs a note.
        """
        found = self.cleaned_data
        code, note = found.get("code", ""), found.get("note", "")
        if code == OTHER and not note:
            self.add_error("note", _("Write the reason here; the artist will read it."))
        texts = {
            owner: "\n\n".join(part for part in (_text(known, code), note) if part)
            for owner, known in self.by_owner.items()
        }
        return {"code": "" if code == OTHER else code, "texts": texts}

    @property
    def choices(self) -> list[tuple[Any, str]]:
        """The radio buttons, each with its key; '' for a text of one's own."""
        keys = [*(one.key for one in self.reasons), ""]
        return list(zip(self["code"], keys, strict=True))


def _text(known: dict[str, ReasonChoice], code: str) -> str:
    return known[code].text if code in known else ""
