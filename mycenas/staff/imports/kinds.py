"""What can be imported: kinds of rows, which apps register in ``AppConfig.ready()``.

This package knows none of them. Names of columns are part of files that people make
with programs of their own, so they are never translated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.http.errors import ProblemError
from mycenas.staff.dashboard import Text


class Outcome(models.TextChoices):
    """What becomes of a row of the file."""

    ADDED = "added", _("added")
    CHANGED = "changed", _("changed")
    SAME = "same", _("stays as it is")
    INVITED = "invited", _("invited by mail")


# Saves a row: gets the scope's row, the form's cleaned data, and the person.
Save = Callable[[Any, dict[str, Any], User], Outcome]
# The same for all rows of a file, whose keys differ: what becomes of each, or why not.
SaveAll = Callable[
    [Any, Sequence[dict[str, Any]], User], Sequence[Outcome | ProblemError]
]


@dataclass(frozen=True)
class ImportKind:
    """Rows that organizers may import into a row of one of ``scopes``; none is all.

    The fields of ``form`` are the columns. Two rows of a file may not have the same
    values in the columns of ``key``. ``save_all`` does for all rows at once what
    ``save`` does for one; if PostgreSQL refuses that, the rows are saved one by one, to
    find out which it refuses. ``note`` says what else happens.
    """

    name: str
    label: Text
    form: type[forms.Form]
    key: tuple[str, ...]
    save: Save
    scopes: tuple[type[Model], ...] = ()
    note: Text = ""
    save_all: SaveAll | None = None

    @property
    def columns(self) -> dict[str, forms.Field]:
        found: dict[str, forms.Field] = self.form.base_fields
        return found

    @property
    def required(self) -> list[str]:
        return [name for name, field in self.columns.items() if field.required]


_kinds: dict[str, ImportKind] = {}


def add_import(*several: ImportKind) -> None:
    """Register what can be imported."""
    _kinds.update({kind.name: kind for kind in several})


def imports_into(model: type[Model]) -> dict[str, ImportKind]:
    """The kinds for rows of a scope's model, by name."""
    return {
        name: kind
        for name, kind in _kinds.items()
        if not kind.scopes or model in kind.scopes
    }


def save_row(rows: Any, match: dict[str, Any], values: dict[str, Any]) -> Outcome:
    """Add or change the one of ``rows`` (a related manager) that has ``match``.

    Values that are None or '' leave what is there.
    """
    found = list(rows.filter(**match)[:2])
    if len(found) > 1:
        raise ProblemError(
            _("There are several rows with this name, so none can be chosen."),
            code="import_ambiguous",
        )
    given = {name: one for name, one in values.items() if one not in (None, "")}
    row = found[0] if found else rows.model(**{rows.field.name: rows.instance}, **match)
    if found and all(getattr(row, name) == one for name, one in given.items()):
        return Outcome.SAME
    for name, one in given.items():
        setattr(row, name, one)
    # PostgreSQL fills in what is left out, as the position.
    left_out = [
        field.name for field in row._meta.fields if getattr(row, field.attname) is None
    ]
    row.full_clean(exclude=left_out)
    row.save()
    return Outcome.CHANGED if found else Outcome.ADDED
