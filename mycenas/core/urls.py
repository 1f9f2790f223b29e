from __future__ import annotations

from django.urls import path

from mycenas.core import health

urlpatterns = [
    path("live", health.live, name="live"),
    path("progress", health.progress, name="progress"),
    path("ready", health.ready, name="ready"),
]
