from __future__ import annotations

from django.apps import AppConfig


class ImagingConfig(AppConfig):
    name = "mycenas.imaging"
    label = "imaging"

    def ready(self) -> None:
        from mycenas.imaging import checks  # noqa: F401  registers the checks
