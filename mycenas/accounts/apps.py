from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.db.models.signals import pre_migrate
from django.utils.translation import gettext_lazy as _

from mycenas.core.audited import Audited


class AccountsConfig(AppConfig):
    name = "mycenas.accounts"
    label = "accounts"
    verbose_name = _("people and organizations")
    default_auto_field = "django.db.models.BigAutoField"
    guards: ClassVar[dict[str, str]] = {}
    # A library's table that has constraints of ours.
    guarded = ("account_emailaddress",)
    audited = (
        Audited("user", "accounts_user", left_out=("password", "last_login")),
        Audited("organization", "accounts_organization"),
        Audited("membership", "accounts_membership"),
    )

    def ready(self) -> None:
        from mycenas.accounts import (  # noqa: PLC0415  app registry
            clashes,
            factors,  # noqa: F401  connects signals
        )
        from mycenas.accounts.constraints import FIELDS, SENTENCES  # noqa: PLC0415  app registry
        from mycenas.core.errors import explain_constraints  # noqa: PLC0415  app registry

        explain_constraints(SENTENCES, FIELDS)
        pre_migrate.connect(clashes.stop_migration, sender=self)
