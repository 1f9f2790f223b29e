from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InteractionsConfig(AppConfig):
    name = "interactions"
    verbose_name = _("interactions")
    default_auto_field = "django.db.models.BigAutoField"
    guards: ClassVar[dict[str, str]] = {}
