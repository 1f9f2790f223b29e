"""The queue of one person, as filtered in one request."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.access import signed_in
from mycenas.accounts.models import User
from mycenas.core.db.database import DatabaseNow
from mycenas.core.text import KEY
from mycenas.staff.dashboard import Text, count, in_words
from submissions.models import Rendition, Submission
from submissions.review.claims import workflow as claims
from submissions.review.queue import queries
from submissions.review.queue.beside import RELATIONS, address_of
from submissions.review.queue.forms import FilterForm

ADDRESS = "admin:submissions_submission_queue"
ENTRY = "admin:submissions_submission_review"
# Of the entries beside one.
MOST_SHOWN = 8

# Keys, each a letter, and what they do; see static/js/review.js.
KEYS = (
    ("jk", _("next entry, entry before")),
    ("a", _("approve the entry, or the chosen ones")),
    ("r", _("reject; then the key of the reason")),
    ("u", _("undo the last decision")),
    ("x", _("choose the entry in the grid")),
    ("z", _("zoom")),
    ("/", _("search")),
    ("?", _("this list")),
)


class Shown(NamedTuple):
    """An entry as a small picture that leads to its page in the queue."""

    entry: Submission
    picture: Rendition | None
    address: str
    holder: User | None
    # In how many bits its picture differs from that of the entry it stands beside.
    distance: int | None = None


class Beside(NamedTuple):
    """Entries to see beside one; ``address`` lists all if there are ``more``."""

    shown: list[Shown]
    more: str
    address: str


class Queue:
    """The entries in review that a person moderates, and where to go in them."""

    def __init__(self, admin: Any, request: HttpRequest) -> None:
        self.admin, self.request = admin, request
        self.user = signed_in(request)
        self.rows: QuerySet[Submission] = admin.get_queryset(request)
        mine = admin.scope_rows(request)
        self.competitions = queries.competitions_in_review(mine)
        self.filters = FilterForm(request.GET, competitions=self.competitions)

    @cached_property
    def address(self) -> str:
        """The grid with these filters."""
        query = urlencode(self.filters.query)
        return f"{reverse(ADDRESS)}?{query}" if query else reverse(ADDRESS)

    def entry_address(self, key: int, **more: Any) -> str:
        query = urlencode({**self.filters.query, **more})
        address = reverse(ENTRY, args=[key])
        return f"{address}?{query}" if query else address

    def go(self, where: str) -> str:
        """The address that leads on from an entry: its key, or -key for the one before.

        ``first`` leads to the first free entry.
        """
        return f"{reverse(ADDRESS)}?{urlencode({**self.filters.query, 'go': where})}"

    def page(self, after: int) -> tuple[list[Submission], str]:
        """A page of entries that others entered, and the query of the next page."""
        keys = queries.page_of(self.found, self.filters.chosen, after)
        shown = keys[: queries.PAGE_SIZE]
        rows = self.rows.filter(pk__in=shown).select_related("competition")
        next_url = ""
        if len(keys) > len(shown):
            next_url = f"?{urlencode({**self.filters.query, 'after': shown[-1]})}"
        return list(rows.order_by("pk")), next_url

    @cached_property
    def found(self) -> QuerySet[Submission]:
        """Entries of others in review that the filters find."""
        rows = queries.in_review(self.rows.order_by().prefetch_related(None))
        rows = rows.exclude(participant=self.user)
        if KEY.fullmatch(category := self.filters.query.get("category", "")):
            rows = rows.filter(category=int(category))
        if text := self.filters.query.get("q"):
            rows, _doubled = self.admin.get_search_results(self.request, rows, text)
        return rows

    @cached_property
    def waiting(self) -> int:
        """How many entries the filters find, as far as they are counted."""
        return queries.number_of(self.found, self.filters.chosen)

    def claim_next(self, after: Submission | None) -> int | None:
        """Claim the next entry of the filters that no other person has claimed."""
        parts = queries.parts_after(self.filters.chosen, after)
        but = [after.pk] if after else []
        if not self.filters.is_narrow:
            return claims.claim_next(parts, by=self.user, but=but)
        for _attempt in range(claims.ATTEMPTS):
            rows = self.found.exclude(pk__in=but)
            entry = queries.following(rows, parts, self.user)
            # Another moderator may have claimed it since the search.
            if entry is None or claims.claim(entry, by=self.user):
                return entry.pk if entry else None
        return None

    def next_address(self, after: Submission | None, **more: Any) -> str:
        """The next free entry, claimed; the grid if there is none."""
        if key := self.claim_next(after):
            return self.entry_address(key, **more)
        query = urlencode({**self.filters.query, **more})
        return f"{reverse(ADDRESS)}?{query}" if query else self.address

    def next_picture(self, entry: Submission) -> Rendition | None:
        """The picture of the entry that probably comes next, to be loaded early."""
        parts = queries.parts_after(self.filters.chosen, entry)
        found = queries.following(self.found, parts, self.user)
        return found.rendition(1920) if found and found.pk != entry.pk else None

    def shown(self, entry: Submission, holder: User | None = None) -> Shown:
        address = self.entry_address(entry.pk)
        return Shown(entry, entry.rendition(320), address, holder)

    def beside(self, name: str, entry: Submission) -> Beside:
        """The first entries with this relation to one, and how many more there are."""
        found = RELATIONS[name][0](self.rows, entry)
        first = list(found.select_related("competition")[: MOST_SHOWN + 1])
        more = count(found) - MOST_SHOWN if len(first) > MOST_SHOWN else 0
        shown = [
            self.shown(one)._replace(distance=getattr(one, "distance", None))
            for one in first[:MOST_SHOWN]
        ]
        return Beside(shown, in_words(more), address_of(name, entry) if more else "")

    def context(self, title: Text) -> dict[str, Any]:
        return {
            **self.admin.admin_site.each_context(self.request),
            "opts": self.admin.opts,
            "title": title,
            "filters": self.filters,
            "waiting": self.waiting,
            "query": urlencode(self.filters.query),
            "queue_address": self.address,
            "start": self.go("first"),
            **self._undoable(),
            "keys": KEYS,
        }

    def _undoable(self) -> dict[str, Any]:
        """The entry decided just now, and the seconds left to undo that."""
        key = self.request.GET.get("decided", "")
        if not KEY.fullmatch(key):
            return {}
        rows = self.rows.filter(pk=int(key), decided_by=self.user)
        found: Any = rows.annotate(read_at=DatabaseNow()).first()
        left = found.undo_seconds(found.read_at) if found else 0
        return {"undoable": found, "undo_seconds": left} if left else {}
