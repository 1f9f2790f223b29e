"""What organizers fill in on the desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from competitions.models import Competition
from mycenas.core.desk import ReasonForm


class DeadlineForm(ReasonForm):
    """A later deadline, in the competition's time zone, and why."""

    closes_at = forms.SplitDateTimeField(
        label=_("New deadline"), widget=AdminSplitDateTime
    )
    field_order = ("closes_at", "reason")

    def __init__(self, *args: Any, instance: Competition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = instance.zone
        field = self.fields["closes_at"]
        field.help_text = _("In the time zone %(zone)s.") % {"zone": instance.time_zone}
        if instance.closes_at:
            self.initial["closes_at"] = instance.closes_at.astimezone(self.zone)

    def full_clean(self) -> None:
        with timezone.override(self.zone):
            super().full_clean()
