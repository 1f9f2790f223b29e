"""Forms of the queue: which entries, and why one is not accepted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from competitions.models import Competition
from mycenas.core.fields import LineField, ProseField
from submissions.review.reasons.queries import reasons_for

OTHER = "-"


class RejectForm(forms.Form):
    """A reason with a code, a note, or both; the artist reads them."""

    code = forms.ChoiceField(label=_("Reason"), widget=forms.RadioSelect)
    note = ProseField(
        label=_("Note to the artist"),
        required=False,
        max_length=450,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What could help; sent with the reason."),
    )

    def __init__(self, *args: Any, competition: Competition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reasons = {one.code: one for one in reasons_for(competition)}
        field = self.fields["code"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for mypy
        known = [(one.code, one.text) for one in self.reasons.values()]
        field.choices = [*known, (OTHER, _("Another reason, as in the note"))]

    def clean(self) -> dict[str, Any]:
        """A reason without a code needs a note."""
        found = self.cleaned_data
        if found.get("code") == OTHER and not found.get("note"):
            self.add_error("note", _("Write the reason here; the artist will read it."))
        return found

    @property
    def choices(self) -> list[tuple[Any, str]]:
        """The radio buttons, each with its key; '' for a text of one's own."""
        keys = [*(one.key for one in self.reasons.values()), ""]
        return list(zip(self["code"], keys, strict=True))

    @property
    def reason(self) -> str:
        """The text that the artist reads."""
        code, note = self.cleaned_data["code"], self.cleaned_data["note"]
        known = self.reasons.get(code)
        return "\n\n".join(part for part in (known and known.text, note) if part)


class FilterForm(forms.Form):
    """Which entries the queue shows."""

    competition = forms.ChoiceField(label=_("Competition"), required=False)
    category = forms.ChoiceField(label=_("Category"), required=False)
    q = LineField(label=_("Search"), required=False, max_length=200)

    def __init__(self, data: Any, *, competitions: list[Any], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.competitions = {str(one.pk): one for one in competitions}
        chosen = self.competitions.get(self.data.get("competition", ""))
        categories = chosen.categories.all() if chosen else []
        self._offer("competition", _("All competitions"), self.competitions.items())
        self._offer("category", _("All categories"), [(c.pk, c) for c in categories])
        if not categories:
            del self.fields["category"]

    def _offer(self, name: str, every: Any, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for mypy
        field.choices = [("", every), *((str(key), str(row)) for key, row in rows)]

    @property
    def chosen(self) -> list[Any]:
        """The chosen competition, or all; none for a filter that is not offered."""
        has_unknown = self.data.get("category") and "category" not in self.fields
        if has_unknown or not self.is_valid():
            return []
        key = self.cleaned_data["competition"]
        return [self.competitions[key]] if key else list(self.competitions.values())

    @property
    def query(self) -> dict[str, str]:
        """The filters that are set, for the addresses of the queue."""
        found = {name: self.data.get(name, "") for name in self.base_fields}
        return {name: value for name, value in found.items() if value}
