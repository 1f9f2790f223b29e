from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = _("campaigns")
    default_auto_field = "django.db.models.BigAutoField"
    guards = ("campaign_approved_stays",)

    def ready(self) -> None:
        from campaigns.states import SENTENCES  # noqa: PLC0415  app registry
        from mycenas.core.errors import explain_constraints  # noqa: PLC0415  app registry

        explain_constraints(SENTENCES)
