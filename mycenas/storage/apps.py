from __future__ import annotations

from django.apps import AppConfig


class StorageConfig(AppConfig):
    name = "mycenas.storage"
    label = "storage"

    def ready(self) -> None:
        from mycenas.core import health
        from mycenas.storage import checks, store  # noqa: F401  registers the checks

        health.availability.append(lambda: store().problems())
