"""The form of the queue: which entries it shows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mycenas.core.fields import LineField


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
    def is_narrow(self) -> bool:
        """Whether it leaves out entries of the chosen competitions."""
        return bool(self.query.keys() & {"category", "q"})

    @property
    def query(self) -> dict[str, str]:
        """The filters that are set, for the addresses of the queue."""
        found = {name: self.data.get(name, "") for name in self.base_fields}
        return {name: value for name, value in found.items() if value}
