from __future__ import annotations

from django.urls import path

from competitions import views

app_name = "competitions"

urlpatterns = [
    path("", views.home, name="home"),
    path("lists/<slug:name>/", views.listing, name="list"),
    path("competitions/<slug:slug>/", views.detail, name="detail"),
    path("competitions/<slug:slug>/deadline.ics", views.calendar, name="calendar"),
]
