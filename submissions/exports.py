"""Entries as rows of an export, see `mycenas.staff.exports`."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from competitions.models import Competition
from mycenas.accounts.models import STAFF_ROLES, Role
from mycenas.core.text import shown
from mycenas.staff.dashboard import Text
from mycenas.staff.exports.kinds import Column, Content, Filters, Kind
from submissions.models import Submission
from submissions.review.finding import WORK
from submissions.states import SubmissionState

# Only organizers get addresses of people.
ORGANIZERS = (Role.ORGANIZER,)


def of_scope(row: Model | None) -> str:
    """The lookup from an entry to the scope's row."""
    return (
        "competition" if isinstance(row, Competition) else "competition__organization"
    )


def entries(row: Model | None) -> QuerySet[Any]:
    return Submission.objects.filter(**{of_scope(row): row}).order_by("pk")


# Of the list's filter, beside the states; '' stands for what waits for a decision.
REVIEW = "review"
PARTS = {REVIEW: WORK[None]} | {key: part for key, part in WORK.items() if key}
PART_WORDS: dict[str, Text] = {
    REVIEW: _("to review"),
    "held": _("to review: held with a problem"),
    "late": _("undecided after the deadline"),
    "undecided": _("undecided"),
}

LABELS: dict[str, Text] = {str(state.value): state.label for state in SubmissionState}


def narrow(rows: QuerySet[Any], filters: Filters) -> QuerySet[Any]:
    """As the list of entries does, by state and by words of a search."""
    state, words = filters.get("state", ""), filters.get("search", "")
    if state in PARTS:
        rows = rows.filter(PARTS[state])
    elif state:
        rows = rows.filter(state=state)
    if words:
        model_admin = admin.site.get_model_admin(Submission)
        rows, _may_repeat = model_admin.get_search_results(HttpRequest(), rows, words)
    return rows.order_by("pk")


def words_of(filters: Filters) -> list[Text]:
    found: list[Text] = []
    if state := filters.get("state"):
        label = (PART_WORDS | LABELS).get(state, state)
        found.append(gettext("State: %(state)s") % {"state": label})
    if words := filters.get("search"):
        found.append(gettext("Search: %(words)s") % {"words": shown(words)})
    return found


def listed(query: Filters) -> dict[str, str]:
    """The filters that show the same as the list of entries with this query."""
    search, state = query.get(SEARCH_VAR, ""), query.get("queue", "")
    state = "" if state == "all" else state or ("" if search else REVIEW)
    found = {"state": state, "search": search}
    if competition := query.get("competition__id__exact"):
        found["of"] = f"competition-{competition}"
    return found


ENTRIES = Kind(
    name="entries",
    label=_("entries"),
    scopes=("competition", "organization"),
    rows=entries,
    roles=STAFF_ROLES,
    narrow=narrow,
    words=words_of,
    filters=("state", "search"),
    model=Submission,
    listed=listed,
    columns=(
        Column("reference", "public_id"),
        Column("competition", "competition__slug"),
        Column("category", "category__name"),
        Column("state", "state"),
        Column("title", "title"),
        Column("description", "description"),
        Column("alternative_text", "alt_text"),
        Column("artist", "participant__name"),
        Column("artist_email", "participant__email", roles=ORGANIZERS),
        Column("arrived_at", "arrived_at", Content.MOMENT),
        Column("received_at", "received_at", Content.MOMENT),
        Column("file_name", "original_name"),
        Column("size", "size", Content.NUMBER),
        Column("sha256", "sha256"),
        Column("media_type", "media_type"),
        Column("width", "width", Content.NUMBER),
        Column("height", "height", Content.NUMBER),
        Column("problem", "fault"),
        Column("decided_at", "decided_at", Content.MOMENT),
        Column("decided_by", "decided_by__name"),
        Column("decision_reason", "decision_reason"),
        Column("withdrawn_at", "withdrawn_at", Content.MOMENT),
    ),
)
