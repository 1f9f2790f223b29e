"""Hides artists in the admin of entries; who sees them: `competitions.blind.access`."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from competitions.blind.access import hidden_keys, unaddressed_keys
from submissions.artists import named_for, searched_for
from submissions.models import Submission

# What the page of a hidden artist's entry leaves out. The file holds metadata.
NAMING = frozenset({"original_name", "refusal", "download"})
# Columns whose filters would find the entries of one artist.
NOT_FILTERED = (
    "participant", "original_name", "refusal",
    # An artist may have entered the same file under a name that is shown.
    "sha256", "declared_sha256", "size", "declared_size", "dhash",
)  # fmt: skip


class NamesArtists:
    """A ModelAdmin whose rows name the artists that the person may see."""

    # From its rows to the entries, for lookups.
    entry_path = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)  # type: ignore[misc]
        hidden = hidden_keys(request)
        named = named_for(rows, hidden, self.entry_path)
        unread = {*hidden, *unaddressed_keys(request)}
        searched: QuerySet[Any] = searched_for(named, unread, self.entry_path)
        return searched

    def lookup_allowed(
        self, lookup: str, value: Any, request: HttpRequest | None = None
    ) -> bool:
        """No filter typed into the address asks for an artist."""
        if lookup.removeprefix(self.entry_path).startswith(NOT_FILTERED):
            return False
        return bool(super().lookup_allowed(lookup, value, request))  # type: ignore[misc]


class BlindEntries(NamesArtists):
    """The same for the admin of entries itself."""

    @admin.display(description=_("artist"))
    def artist(self, submission: Submission) -> str:
        return submission.artist

    def row_name(self, row: Submission) -> str:
        """How a list that asks names the entry."""
        return f"{row.title} ({row.artist})"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        found = super().get_fieldsets(request, obj)  # type: ignore[misc]
        if obj is None or obj.shows_artist:
            return found
        return [(title, {"fields": _without(one["fields"])}) for title, one in found]


def _without(fields: Any) -> list[str]:
    shown = (name for name in fields if name not in NAMING)
    return ["artist" if name == "participant" else name for name in shown]
