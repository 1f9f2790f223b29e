from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InteractionsConfig(AppConfig):
    name = "interactions"
    verbose_name = _("interactions")
    default_auto_field = "django.db.models.BigAutoField"
    guards: ClassVar[dict[str, str]] = {
        "view_stamped_when_made": "The database clock stamps each view.",
        "like_stamped_when_made": "The database clock stamps each like.",
        "like_of_another": "An artist does not like the own entry.",
    }

    privileges: ClassVar[dict[str, str]] = {
        "interactions_like": "DELETE, INSERT, SELECT",
        "interactions_view": "INSERT, SELECT, UPDATE (repeats)",
    }

    def ready(self) -> None:
        from interactions.workflow import SENTENCES
        from mycenas.core.http.errors import explain_constraints

        explain_constraints(SENTENCES)
