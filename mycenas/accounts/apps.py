from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "mycenas.accounts"
    label = "accounts"
    verbose_name = _("people and organizations")
    default_auto_field = "django.db.models.BigAutoField"
