from __future__ import annotations

from django.urls import re_path

from interactions import views
from submissions.models import PUBLIC_ID_PATTERN

app_name = "interactions"

ENTRY = rf"^entries/(?P<public_id>{PUBLIC_ID_PATTERN})/"

urlpatterns = [
    re_path(rf"{ENTRY}like/$", views.like, name="like"),
    re_path(rf"{ENTRY}unlike/$", views.unlike, name="unlike"),
    re_path(rf"{ENTRY}view\.gif$", views.view, name="view"),
]
