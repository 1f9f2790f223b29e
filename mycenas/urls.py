"""Mounts the apps, sign-in and the admin."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("mycenas.accounts.urls")),
    path("accounts/", include("mycenas.pages.account_forms")),
    path("accounts/", include("allauth.urls")),
    path("healthz/", include("mycenas.core.health")),
    path("", include("interactions.urls")),
    path("campaigns/", include("campaigns.urls")),
    path("judging/", include("submissions.judging.urls")),
    path("", include("mycenas.pages.urls")),
]
