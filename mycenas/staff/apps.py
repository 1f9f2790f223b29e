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
        from mycenas.staff.imports.kinds import add_import
        from mycenas.staff.imports.people import PEOPLE

        dashboard.site += [operations.mail_cards, operations.site_cards]
        add_import(PEOPLE)


class StaffAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "mycenas.staff.admin_site.StaffSite"
