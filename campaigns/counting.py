"""What counts as a showing and as a click: rows, never a hot counter.

A page that shows a campaign carries a signed, single-use showing id. The browser
fetching the pixel makes the impression's row; following the link makes the click's.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.core import signing
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import Http404

from campaigns.models import Campaign, Click, Impression
from competitions.models import Competition
from mycenas.accounts.models import User

SALT = "campaigns.showing"
VALID_SECONDS = 6 * 60 * 60


@dataclass(frozen=True)
class Showing:
    """One rendering of a campaign on one page."""

    campaign_id: int
    impression: uuid.UUID

    def signed(self) -> str:
        return signing.dumps([self.campaign_id, self.impression.hex], salt=SALT)


def choose(competition: Competition) -> Campaign | None:
    """The campaign for the slot: of those in their window, any with equal chance."""
    return Campaign.objects.showing(competition).order_by("?").first()


def new_showing(campaign: Campaign) -> Showing:
    return Showing(campaign.pk, uuid.uuid4())


def read_showing(signed: str) -> Showing:
    """The showing behind a signed id; 404 when forged or older than six hours."""
    try:
        campaign_id, key = signing.loads(signed, salt=SALT, max_age=VALID_SECONDS)
    except signing.BadSignature as error:
        raise Http404 from error
    return Showing(campaign_id, uuid.UUID(key))


def count_impression(showing: Showing) -> None:
    """One row for one showing, however often the pixel is fetched."""
    Impression.objects.bulk_create(
        [Impression(pk=showing.impression, campaign_id=showing.campaign_id)],
        ignore_conflicts=True,
    )


def count_click(showing: Showing) -> None:
    """One row for one showing; a click implies that it was shown."""
    with transaction.atomic():
        count_impression(showing)
        Click.objects.bulk_create(
            [Click(impression_id=showing.impression)], ignore_conflicts=True
        )


def with_numbers(rows: QuerySet[Campaign]) -> QuerySet[Campaign]:
    """Campaigns with ``shown`` and ``clicked``, counted from the rows."""
    return rows.annotate(
        shown=Count("impressions"), clicked=Count("impressions__click")
    )


def campaigns_of(sponsor: User) -> QuerySet[Campaign]:
    return with_numbers(Campaign.objects.filter(sponsor=sponsor))
