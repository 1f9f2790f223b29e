"""Rows of an object in an order: numbered in the form, moved by buttons or dragging."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from django.forms.models import BaseInlineFormSet
from django.forms.widgets import Script
from django.utils.translation import gettext_lazy as _

POSITION = "position"


class OrderedFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """Rows whose ``position`` is their place: saved rows are numbered from 1.

    A row whose number was changed goes to that place, and the others keep their
    order; one without a number goes last. So a person without JavaScript types one
    number to move one row.
    """

    def clean(self) -> None:
        if not any(self.errors):
            for place, form in enumerate(self._in_order(), 1):
                _put(form, place)
        super().clean()

    def _in_order(self) -> list[Any]:
        rows: Iterator[Any] = self._kept()  # type: ignore[attr-defined]
        stay: list[Any] = []
        go: list[Any] = []
        for number, form in enumerate(rows):
            typed = form.cleaned_data.get(POSITION)
            is_moved = POSITION in form.changed_data and typed is not None
            key = inf if typed is None else typed
            (go if is_moved else stay).append((key, number, form))
        found = [form for *_key, form in sorted(stay)]
        last = -1
        for typed, _number, form in sorted(go):
            # Behind the one before, also where both go to one place: 0 is 1.
            last = max(typed - 1, last + 1)
            found.insert(last, form)
        return found


def _put(form: Any, place: int) -> None:
    """Give the row of the form its place; forms are saved if something changed."""
    if form.instance.position == place and POSITION not in form.changed_data:
        return
    form.instance.position = place
    form.cleaned_data[POSITION] = place
    if POSITION not in form.changed_data:
        form.changed_data.append(POSITION)


class OrderedInline:
    """An inline of such rows; mixed into a TabularInline."""

    formset: Any = OrderedFormSet
    # With a button for one more row where scripts do not run.
    template = "admin/ordered_inline.html"

    class Media:
        css = {"all": ("css/admin-order.css",)}
        js = (Script("js/order.js", type="module"),)

    def formfield_for_dbfield(self, db_field: Any, *args: Any, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_dbfield(db_field, *args, **kwargs)  # type: ignore[misc]
        if db_field.name == POSITION:
            field.required = False
            field.widget.attrs |= {
                "data-order": "",
                "data-up": _("Move up"),
                "data-down": _("Move down"),
                "data-moved": _("{name}: {place} of {count}"),
            }
        return field
