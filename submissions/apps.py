from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubmissionsConfig(AppConfig):
    name = "submissions"
    verbose_name = _("entries")
    default_auto_field = "django.db.models.BigAutoField"
    guards = (
        "submission_arrives",
        "submission_facts_stay",
        "submission_upload_in_time",
        "submission_settled",
        "submission_stays",
        "award_guard",
    )

    def ready(self) -> None:
        from mycenas.core.errors import explain_constraints  # noqa: PLC0415  app registry
        from submissions.states import SENTENCES  # noqa: PLC0415  app registry

        explain_constraints(SENTENCES)
