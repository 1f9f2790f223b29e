"""Which entries the list of the admin shows."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from submissions.models import Submission
from submissions.states import SubmissionState as S


class QueueFilter(admin.SimpleListFilter):
    """Which part of the entries to see; the queue first."""

    title = _("state")
    parameter_name = "queue"

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        self.is_search = bool(request.GET.get(SEARCH_VAR))
        super().__init__(request, *args)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", _("all")), *S.choices]

    def choices(self, changelist: Any) -> Any:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("to review"),
        }
        yield from list(super().choices(changelist))[1:]

    def value(self) -> Any:
        """A search without a chosen state looks through all entries."""
        return super().value() or ("all" if self.is_search else None)

    def queryset(
        self, request: HttpRequest, rows: QuerySet[Submission]
    ) -> QuerySet[Submission]:
        if self.value() == "all":
            return rows
        if self.value() is None:
            return rows.filter(state=S.PENDING, competition__cancelled_at=None)
        return rows.filter(state=self.value())
