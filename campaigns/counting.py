"""What counts as a showing and as a click: one row for each visitor and day.

A page that shows a campaign carries a signed, single-use showing id. The browser
fetching the pixel makes the impression's row; following the link makes the click's.
What the same visitor does again on that day, and a showing that is used again, are
repeats on the row: numbers grow by one a day for a visitor, and so do rows.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db import IntegrityError
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.states import SHOWABLE
from competitions.models import Competition
from mycenas.core.db.database import DatabaseNow, run, usable_afterwards
from mycenas.core.http.errors import constraint_of
from mycenas.core.http.visits import visitor_of

SALT = "campaigns.showing"
VALID_SECONDS = 6 * 60 * 60


# The visitor's own row of the day; or the row of the showing, which another visitor or
# the day before has used already.
_ROW = """
SELECT id FROM campaigns_impression
WHERE id = %(id)s
  OR (campaign_id = %(campaign)s AND shown_on = %(day)s AND visitor = %(visitor)s)
ORDER BY (shown_on = %(day)s AND visitor = %(visitor)s) DESC LIMIT 1
"""
_SHOWN_AGAIN = "SET repeats = least(campaigns_impression.repeats, 1999999999) + 1"
_MADE = """
INSERT INTO campaigns_impression (id, campaign_id, visitor, shown_on)
SELECT %(id)s, %(campaign)s, %(visitor)s, %(day)s WHERE NOT EXISTS (SELECT FROM found)
ON CONFLICT (campaign_id, shown_on, visitor) DO UPDATE
"""
# The row of the visitor may be stored while the statement runs: that is a conflict.
SHOW = f"""
WITH row AS ({_ROW}), found AS (
  UPDATE campaigns_impression {_SHOWN_AGAIN}
  WHERE id = (SELECT id FROM row) RETURNING id)
{_MADE} {_SHOWN_AGAIN} RETURNING id
"""  # noqa: S608  all parts are ours
CLICK = f"""
WITH found AS ({_ROW}), made AS (
  {_MADE} SET repeats = campaigns_impression.repeats RETURNING id)
INSERT INTO campaigns_click (impression_id)
SELECT id FROM found UNION ALL SELECT id FROM made
ON CONFLICT (impression_id)
DO UPDATE SET repeats = least(campaigns_click.repeats, 1999999999) + 1
RETURNING impression_id
"""  # noqa: S608  all parts are ours


@dataclass(frozen=True)
class Showing:
    """One rendering of a campaign on one page."""

    campaign_id: int
    impression: uuid.UUID

    def signed(self) -> str:
        return signing.dumps([self.campaign_id, self.impression.hex], salt=SALT)


def choose(competition: Competition) -> Campaign | None:
    """The campaign for the slot: of those in their window, any with equal chance."""
    shown = Campaign.objects.filter(
        competition=competition,
        state__in=SHOWABLE,
        starts_at__lte=DatabaseNow(),
        ends_at__gt=DatabaseNow(),
    )
    return shown.order_by("?").first()


def new_showing(campaign: Campaign) -> Showing:
    return Showing(campaign.pk, uuid.uuid4())


def read_showing(signed: str) -> Showing:
    """The showing behind a signed id; 404 when forged or older than six hours."""
    try:
        campaign_id, key = signing.loads(signed, salt=SALT, max_age=VALID_SECONDS)
    except signing.BadSignature as error:
        raise Http404 from error
    return Showing(campaign_id, uuid.UUID(key))


def while_on_show(
    campaign: Campaign,
    count: Callable[[Showing, HttpRequest], None],
    showing: Showing,
    request: HttpRequest,
) -> None:
    """Count, unless the campaign is no longer on show; PostgreSQL knows its window."""
    if campaign.state not in SHOWABLE:
        return
    try:
        count(showing, request)
    except IntegrityError as error:
        if constraint_of(error) != "campaign_counts_on_show":
            raise


def count_impression(showing: Showing, request: HttpRequest) -> None:
    """One row for one visitor and day; everything further is a repeat of it."""
    _count(SHOW, _values(showing, request))


def count_click(showing: Showing, request: HttpRequest) -> None:
    """The same for a click; it implies that the campaign was shown."""
    _count(CLICK, _values(showing, request))


def _count(statement: str, values: dict[str, Any]) -> None:
    """Run the statement; once more if another visitor used the showing meanwhile."""
    try:
        with usable_afterwards():
            run(statement, values)
    except IntegrityError as error:
        if constraint_of(error) != "campaigns_impression_pkey":
            raise
        with usable_afterwards():
            run(statement, values)


def _values(showing: Showing, request: HttpRequest) -> dict[str, Any]:
    today = timezone.now().date()
    return {
        "id": showing.impression,
        "campaign": showing.campaign_id,
        "visitor": visitor_of(request, today),
        "day": today,
    }


def with_numbers(rows: QuerySet[Campaign]) -> QuerySet[Campaign]:
    """Campaigns with how often they were shown and clicked, and repeats of both."""
    return rows.annotate(
        shown=Count("impressions"),
        clicked=Count("impressions__click"),
        shown_again=Coalesce(Sum("impressions__repeats"), 0),
        clicked_again=Coalesce(Sum("impressions__click__repeats"), 0),
    )
