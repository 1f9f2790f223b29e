"""Included by `mycenas.pages.urls`."""

from __future__ import annotations

from django.urls import path

from competitions import views

app_name = "competitions"

urlpatterns = [
    path(
        "competitions/<slug:slug>/cover/<slug:name>/<int:width>.webp",
        views.cover,
        name="cover",
    ),
    path("competitions/<slug:slug>/deadline.ics", views.calendar, name="calendar"),
]
