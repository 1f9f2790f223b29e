from __future__ import annotations

from django.urls import path

from campaigns import views

app_name = "campaigns"

urlpatterns = [
    path("", views.mine, name="mine"),
    path("<int:pk>/pictures/<str:name>", views.picture, name="picture"),
    path("shown/<str:signed>/pixel.gif", views.shown, name="shown"),
    path("go/<str:signed>/", views.go, name="go"),
]
