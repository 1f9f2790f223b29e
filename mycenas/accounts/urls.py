from __future__ import annotations

from django.urls import path

from mycenas.accounts import views

app_name = "accounts"
urlpatterns = [
    path("invitations/<slug:secret>/", views.invitation, name="invitation"),
]
