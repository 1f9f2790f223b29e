"""Rows of an object in the admin's form: labels, errors, and rows that are gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from mycenas.core.http.errors import ProblemError, field_for, sentence_for


def say_at(form: Any, field: str, sentence: Any) -> None:
    """Add the sentence to the field, or above the form if it has no such field."""
    form.add_error(field if field in form.fields else None, str(sentence))


class RefusalFormSet:
    """Validate unique columns on the rows as submitted: two may swap their names.

    A row that another person removed meanwhile is left out, after a sentence. Fields
    of a table have no label of their own, so each says what it is.
    """

    refused: ProblemError | None = None
    is_outdated = False

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)  # type: ignore[misc]
        for field in form.fields.values():
            field.widget.attrs["aria-label"] = field.label

    @property
    def initial_forms(self) -> list[Any]:
        formset: Any = self
        rows = formset.forms[: formset.initial_form_count()]
        return [form for form in rows if not self._is_gone(form)]

    def _should_delete_form(self, form: Any) -> bool:
        return self._is_gone(form) or super()._should_delete_form(form)  # type: ignore[misc]

    def _is_gone(self, form: Any) -> bool:
        """Whether the row was there when the page was opened and is not any more."""
        formset: Any = self
        rows = formset.forms[: formset.initial_form_count()]
        return formset.is_bound and form.instance.pk is None and form in rows

    def _say_what_is_gone(self) -> None:
        formset: Any = self
        gone = [form for form in formset.forms if self._is_gone(form)]
        names = [form.data.get(form.add_prefix("name")) for form in gone]
        sentence = _("“%(name)s” was removed meanwhile. It is left out when you save.")
        if self.is_outdated and any(names):
            raise ValidationError([sentence % {"name": name} for name in names if name])

    def total_form_count(self) -> int:
        """The announced number of rows, at most the number of submitted fields."""
        formset: Any = self
        count: int = super().total_form_count()  # type: ignore[misc]
        return min(count, len(formset.data)) if formset.is_bound else count

    def validate_unique(self) -> None:
        formset: Any = self
        for constraint in formset.model._meta.total_unique_constraints:
            if formset.fk.name in constraint.fields:
                self._find_twins(constraint)
        super().validate_unique()  # type: ignore[misc]

    def _find_twins(self, constraint: UniqueConstraint) -> None:
        formset: Any = self
        names = [name for name in constraint.fields if name != formset.fk.name]
        seen = set()
        for form in self._kept():
            attributes = [form.instance._meta.get_field(n).attname for n in names]
            values = tuple(getattr(form.instance, name) for name in attributes)
            if None in values or form.errors.keys() & set(names):
                continue
            if values in seen:
                say_at(form, field_for(constraint.name), sentence_for(constraint.name))
            seen.add(values)

    def _kept(self) -> Iterator[Any]:
        """The rows that exist after the save."""
        formset: Any = self
        for form in formset.forms:
            is_gone = formset.can_delete and formset._should_delete_form(form)
            is_empty = form.empty_permitted and not form.has_changed()
            if not is_gone and not is_empty:
                yield form

    def clean(self) -> None:
        super().clean()  # type: ignore[misc]
        self._say_what_is_gone()
        if self.refused is None:
            return
        field = self.refused.field
        meant = [f for f in self._kept() if f.has_changed() and field in f.fields]
        if len(meant) != 1:
            raise ValidationError(str(self.refused.sentence))
        say_at(meant[0], field, self.refused.sentence)
