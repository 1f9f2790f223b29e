"""Adds the queue to the admin of entries."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path

from competitions.models import Competition
from submissions.review.queue import views

PREFIX = "submissions_submission"


class QueueAdmin:
    """A ModelAdmin of entries with the queue: a grid, and a page for each entry."""

    def get_urls(self) -> list[URLPattern]:
        this: Any = self
        wrap = this.admin_site.admin_view
        routes = (
            ("queue/", views.grid, "queue"),
            ("<path:object_id>/review/", views.review, "review"),
        )
        ours = [
            path(route, wrap(partial(view, this)), name=f"{PREFIX}_{name}")
            for route, view, name in routes
        ]
        return [*ours, *super().get_urls()]  # type: ignore[misc]

    def scope_rows(self, request: HttpRequest) -> QuerySet[Competition]:
        """The competitions whose entries the person decides on."""
        this: Any = self
        found: QuerySet[Competition] = this._mine(request)
        return found
