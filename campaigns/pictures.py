"""The files of campaigns, for the audit of the storage."""

from __future__ import annotations

from campaigns.models import Campaign
from mycenas.storage import Store
from submissions.inventory.page_pictures import PagePictures


def _named() -> set[str]:
    rows = Campaign.objects.exclude(picture="")
    return set(rows.values_list("picture", flat=True))


CREATIVES = PagePictures(
    "campaigns",
    Store.creatives,
    _named,
    Store.remove_creative,
    "is of no campaign",
)
