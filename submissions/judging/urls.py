from __future__ import annotations

from django.urls import path

from submissions.judging import views

app_name = "judging"
ENTRY = "<int:number>/entries/<int:position>/"

urlpatterns = [
    path("", views.rounds, name="rounds"),
    path("<int:number>/", views.queue, name="queue"),
    path("<int:number>/accept/", views.accept, name="accept"),
    path("<int:number>/ranking/", views.ranking, name="ranking"),
    path(ENTRY, views.entry, name="entry"),
    path(f"{ENTRY}abstain/", views.abstain, name="abstain"),
    path(f"{ENTRY}conflict/", views.conflict, name="conflict"),
]
