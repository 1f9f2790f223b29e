from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CompetitionsConfig(AppConfig):
    name = "competitions"
    verbose_name = _("competitions")
    default_auto_field = "django.db.models.BigAutoField"
    guards = (
        "competition_guard",
        "competition_stays",
        "prize_in_running_competition",
        "category_in_running_competition",
    )

    def ready(self) -> None:
        from competitions.states import SENTENCES  # noqa: PLC0415  lazy translations
        from mycenas.core.errors import explain_constraints  # noqa: PLC0415  same

        explain_constraints(SENTENCES)
