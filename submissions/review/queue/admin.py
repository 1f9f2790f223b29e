"""Adds the queue to the admin of entries."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path

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

    def scope_keys(self, request: HttpRequest) -> list[int]:
        """The competitions whose entries the person decides on, read once.

        Of numbers PostgreSQL knows how many entries they have, and reads those by the
        indexes of entries; of a subquery it looks at the entries of all competitions.
        """
        known: dict[str, Any] = vars(request)
        if "moderated_keys" not in known:
            this: Any = self
            rows = this.scope_rows(request).order_by()
            known["moderated_keys"] = list(rows.values_list("pk", flat=True))
        found: list[int] = known["moderated_keys"]
        return found
