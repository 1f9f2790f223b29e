"""Forms of admin actions on competitions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.utils.translation import gettext_lazy as _

from competitions.copying import Proposal, proposed
from competitions.models import Competition
from mycenas.core.db import database
from mycenas.core.db.bounds import limited
from mycenas.core.templatetags.ui import deadline_text
from mycenas.staff.datetimes import AdminDateTimeField
from mycenas.staff.verbs import ReasonForm


class DeadlineForm(ReasonForm):
    """A later deadline, in the competition's time zone, and why."""

    closes_at = AdminDateTimeField(label=_("New deadline"))
    field_order = ("closes_at", "reason")

    def __init__(self, *args: Any, instance: Competition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = limited(self.fields["closes_at"], Competition, "closes_at")
        field.help_text = _(
            "In the time zone %(zone)s. Later than the deadline now: %(now)s."
        ) % {
            "zone": instance.zone,
            "now": deadline_text(instance.closes_at, instance.zone),
        }
        self.initial["closes_at"] = instance.closes_at


class CopyForm(forms.Form):
    """What a copy does not take over: title, slug, and dates in its time zone."""

    def __init__(self, *args: Any, instance: Competition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in Proposal._fields:
            self.fields[name] = limited(_field(name), Competition, name)
        zone = _(
            "In the time zone %(zone)s. Moved by whole years; change it as needed."
        )
        for name in ("opens_at", "closes_at"):
            self.fields[name].help_text = zone % {"zone": instance.zone}
        begun = proposed(instance, database.now())._asdict()
        self.initial = {**begun, **self.initial}


def _field(name: str) -> Any:
    column: Any = Competition._meta.get_field(name)
    if name in ("opens_at", "closes_at"):
        return column.formfield(form_class=AdminDateTimeField)
    return column.formfield(widget=AdminTextInputWidget)
