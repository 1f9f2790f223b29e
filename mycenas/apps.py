from __future__ import annotations

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "mycenas"
    label = "mycenas"

    def ready(self) -> None:
        # Makes the site's Celery app the current one for tasks sent from any process.
        from mycenas import celery  # noqa: F401  needs settings
