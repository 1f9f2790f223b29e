"""Pages of several apps, in the URL namespace of the app whose rows they are about.

Django has one list of patterns for each namespace, so the app's own patterns are added
here.
"""

from __future__ import annotations

from django.urls import include, path, re_path

from competitions import urls as competitions
from mycenas.pages import views
from submissions import urls as submissions

competition_patterns = [
    path("", views.home, name="home"),
    path("lists/<slug:name>/", views.listing, name="list"),
    path("competitions/<slug:slug>/", views.competition, name="detail"),
    *competitions.urlpatterns,
]
entry_patterns = [
    re_path(rf"{submissions.ENTRY}$", views.entry, name="entry"),
    *submissions.urlpatterns,
]

urlpatterns = [
    path("favicon.ico", views.favicon),
    path("robots.txt", views.robots),
    path("", include((entry_patterns, submissions.app_name))),
    path("", include((competition_patterns, competitions.app_name))),
]
