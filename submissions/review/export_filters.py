"""The filter of exported entries: that of the list of entries in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.text import shown
from mycenas.staff.dashboard import Text
from mycenas.staff.exports.kinds import Filters
from submissions.models import Submission
from submissions.review.finding import DECIDABLE, WORK
from submissions.review.queue.beside import PARAMETER
from submissions.states import SubmissionState

# A signed receipt, which the search finds too, is shorter.
LONGEST_SEARCH = 2000
# Of the list's filter, beside the states; '' stands for what waits for a decision.
REVIEW = "review"
PARTS = {REVIEW: WORK[None]} | {key: part for key, part in WORK.items() if key}
PART_WORDS: dict[str, Text] = {
    REVIEW: _("to review"),
    "held": _("to review: held with a problem"),
    "changes": _("changes requested: wait for the artist"),
    "appealed": _("to answer: the artist has appealed"),
    "proposed": _("to disqualify: waits for a second person"),
    "late": _("undecided after the deadline"),
    "undecided": _("undecided"),
}

LABELS: dict[str, Text] = {str(state.value): state.label for state in SubmissionState}


def narrow(rows: QuerySet[Any], filters: Filters, by: User) -> QuerySet[Any]:
    """As the list of entries does for a person, by state and by words of a search."""
    state, words = filters.get("state", ""), filters.get("search", "")
    if state in PARTS:
        rows = rows.filter(PARTS[state])
    elif state:
        rows = rows.filter(state=state)
    if words:
        model_admin = admin.site.get_model_admin(Submission)
        request = HttpRequest()
        request.user = by
        rows, _may_repeat = model_admin.get_search_results(request, rows, words)
    return rows.order_by("pk")


def why_not(filters: Filters) -> Text | None:
    """A state that no entry has would find nothing, and a text may have no end."""
    state, words = filters.get("state", ""), filters.get("search", "")
    if state and state not in PARTS | LABELS:
        sentence = gettext(
            "No entry has the state “%(state)s”; choose one in the list."
        )
        return sentence % {"state": shown(state)}
    if len(words) > LONGEST_SEARCH:
        sentence = gettext("A search has at most %(most)d characters; shorten it.")
        return sentence % {"most": LONGEST_SEARCH}
    return None


def words_of(filters: Filters) -> list[Text]:
    found: list[Text] = []
    if state := filters.get("state"):
        label = (PART_WORDS | LABELS).get(state, state)
        found.append(gettext("State: %(state)s") % {"state": label})
    if words := filters.get("search"):
        found.append(gettext("Search: %(words)s") % {"words": shown(words)})
    return found


def listed(query: Filters) -> dict[str, str] | None:
    """The filters that show the same as the list of entries with this query.

    None for the entries beside one and for those that one may decide on: no filter of
    exports finds them.
    """
    if query.keys() & {PARAMETER, *DECIDABLE}:
        return None
    search, state = query.get(SEARCH_VAR, ""), query.get("queue", "")
    state = "" if state == "all" else state or ("" if search else REVIEW)
    found = {"state": state, "search": search}
    if competition := query.get("competition__id__exact"):
        found["of"] = f"competition-{competition}"
    return found
