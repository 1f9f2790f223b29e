from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "mycenas.staff"
    label = "staff"
    verbose_name = _("staff")
    default = True

    def ready(self) -> None:
        from mycenas.staff import dashboard, operations

        dashboard.site += [operations.mail_cards, operations.site_cards]


class StaffAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "mycenas.staff.admin_site.StaffSite"
