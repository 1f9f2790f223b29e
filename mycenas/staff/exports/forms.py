"""What to export: which rows, and of what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.accounts.scopes import Scope
from mycenas.core.once import OnceField
from mycenas.core.text import KEY
from mycenas.staff.exports.access import kinds_for, rows_for
from mycenas.staff.exports.kinds import Kind
from mycenas.staff.exports.workflow import SITE

SEPARATOR = "-"
# How the form names the whole site; an empty value would be no choice.
WHOLE_SITE = "site"
# Of each scope; the pages of the others lead here too.
MOST_OFFERED = 200


class KindForm(forms.Form):
    """The kind of rows, chosen first: the rest depends on it."""

    kind = forms.ChoiceField(label=_("Rows"))

    def __init__(self, *args: Any, user: User, **more: Any) -> None:
        super().__init__(*args, **more)
        field: Any = self.fields["kind"]
        field.choices = [(kind.name, kind.label) for kind in kinds_for(user)]


class ExportForm(forms.Form):
    """Of what the kind's rows are, and in which format."""

    of = forms.ChoiceField(label=_("Of"))
    format = forms.ChoiceField(label=_("Format"), widget=forms.RadioSelect)
    once = OnceField()

    def __init__(self, *args: Any, user: User, kind: Kind, **more: Any) -> None:
        super().__init__(*args, **more)
        self._user, self._kind = user, kind
        wanted = self.data.get("of") or self.initial.get("of") or ""
        field: Any = self.fields["of"]
        field.choices = list(self._offered(str(wanted)))
        formats: Any = self.fields["format"]
        formats.choices = [(one.value, one.label) for one in kind.formats]
        self.initial.setdefault("format", kind.formats[0])

    def _offered(self, wanted: str) -> Iterator[tuple[str, Any]]:
        """The wanted row, if it is the person's, and others of theirs."""
        if "" in self._kind.scopes and self._user.is_superuser:
            yield WHOLE_SITE, SITE
        for scope, rows in rows_for(self._user, self._kind):
            offered = list(rows.order_by("-pk")[:MOST_OFFERED])
            if (row := _row_named(scope, rows, wanted)) and row not in offered:
                offered.insert(0, row)
            if offered:
                yield (
                    str(scope.model._meta.verbose_name_plural),
                    [(name_of(scope, row), str(row)) for row in offered],
                )

    def clean(self) -> dict[str, Any]:
        """Refuse at the field what the person is barred from."""
        if "of" in self.cleaned_data and (
            sentence := self._kind.barred(self.row(), self._user)
        ):
            self.add_error("of", str(sentence))
        return self.cleaned_data

    def row(self) -> Model | None:
        """The chosen row of a scope; None for the whole site."""
        chosen = self.cleaned_data["of"]
        for scope, rows in rows_for(self._user, self._kind):
            if row := _row_named(scope, rows, chosen):
                return row
        return None


def name_of(scope: Scope, row: Model) -> str:
    """How a form names a row of a scope."""
    return f"{scope.field}{SEPARATOR}{row.pk}"


def _row_named(scope: Scope, rows: Any, name: str) -> Model | None:
    field, _separator, key = name.rpartition(SEPARATOR)
    if field != scope.field or not KEY.fullmatch(key):
        return None
    row: Model | None = rows.filter(pk=int(key)).first()
    return row
