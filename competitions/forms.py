"""Forms of admin actions on competitions."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from competitions.models import Competition
from mycenas.core.db.bounds import limited
from mycenas.staff.admin_actions import ReasonForm
from mycenas.staff.datetimes import AdminDateTimeField, in_zone


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
            "now": in_zone(instance.closes_at, instance.zone),
        }
        self.initial["closes_at"] = instance.closes_at
