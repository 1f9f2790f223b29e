from __future__ import annotations

from django.urls import path

from mycenas.core.health import views

urlpatterns = [
    path("live", views.live, name="live"),
    path("progress", views.progress, name="progress"),
    path("ready", views.ready, name="ready"),
]
