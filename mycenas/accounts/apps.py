from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mycenas.core.audited import Audited


class AccountsConfig(AppConfig):
    name = "mycenas.accounts"
    label = "accounts"
    verbose_name = _("people and organizations")
    default_auto_field = "django.db.models.BigAutoField"
    guards: ClassVar[dict[str, str]] = {}
    audited = (
        Audited("user", "accounts_user", left_out=("password", "last_login")),
        Audited("organization", "accounts_organization"),
        Audited("membership", "accounts_membership"),
    )

    def ready(self) -> None:
        from mycenas.accounts import factors  # noqa: F401, PLC0415  connects signals
