"""Lists of published competitions: one for each phase, read page by page by key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from competitions.models import Competition, CompetitionQuerySet
from competitions.states import CompetitionState

_OPEN_STATE = Q(state=CompetitionState.OPEN, cancelled_at=None)
_FINAL = Q(state=CompetitionState.WINNER_ANNOUNCED)


@dataclass(frozen=True)
class Listing:
    """Which competitions a list has, and the date that orders it."""

    name: str
    title: str | Promise
    order: str
    is_newest_first: bool = False

    def rows(self, now: datetime) -> CompetitionQuerySet:
        rows = Competition.objects.published().select_related("organization")
        sign = "-" if self.is_newest_first else ""
        return rows.filter(self._condition(now)).order_by(sign + self.order, "pk")

    def _condition(self, now: datetime) -> Q:
        """The same phases as `Competition.phase`, for PostgreSQL."""
        if self.name == "cancelled":
            return Q(cancelled_at__isnull=False)
        if self.name == "decided":
            return _FINAL
        takes_entries = _OPEN_STATE & Q(opens_at__lte=now, closes_at__gte=now)
        if self.name == "open":
            return takes_entries
        undecided = Q(cancelled_at=None) & ~_FINAL
        if self.name == "coming":
            return undecided & Q(opens_at__gt=now)
        return undecided & Q(opens_at__lte=now) & ~takes_entries

    def page(
        self,
        now: datetime,
        size: int,
        after: Competition | None = None,
        at: datetime | None = None,
    ) -> tuple[list[Competition], bool]:
        """``size`` competitions behind ``after``, and whether there are more.

        A page begins behind a competition, not at a number: it stays the same when
        others come or go. ``at`` is the date that ordered that competition when it was
        shown: if it was moved since, the ones between are not left out.
        """
        rows = self.rows(now)
        key = at or getattr(after, self.order, None)
        if after is not None and key is not None:
            side = "lt" if self.is_newest_first else "gt"
            later = Q((f"{self.order}__{side}", key))
            rows = rows.filter(later | Q((self.order, key), pk__gt=after.pk))
        found = list(rows[: size + 1])
        return found[:size], len(found) > size


LISTINGS = {
    one.name: one
    for one in (
        Listing("open", _("Open now"), "closes_at"),
        Listing("coming", _("Coming"), "opens_at"),
        Listing("judging", _("Being judged"), "closes_at", is_newest_first=True),
        Listing("decided", _("Decided"), "winners_announced_at", is_newest_first=True),
        Listing("cancelled", _("Cancelled"), "cancelled_at", is_newest_first=True),
    )
}
