"""What can be done with a campaign; its picture is redrawn before anybody sees it."""

from __future__ import annotations

import logging
import secrets
from datetime import datetime
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.access import is_own
from campaigns.models import Campaign
from campaigns.states import RUNS, SENTENCES, CampaignState
from competitions.access import require_organizer
from mycenas.accounts.models import User
from mycenas.core.addresses import web_address
from mycenas.core.audit.actor import because, in_name_of
from mycenas.core.db import database
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import NotAllowed, ProblemError
from mycenas.core.models import move_each
from mycenas.imaging.rendering import RenderedFile, RenderedImage
from mycenas.staff.pictures import rendered
from mycenas.storage import StorageFailed, Store, store
from submissions.inventory.page_pictures import PagePictures

logger = logging.getLogger(__name__)

PICTURE_WIDTH = 960


def set_picture(campaign: Campaign, file: BinaryIO) -> None:
    """Decode a picture in the sandbox and store only its rendition."""
    campaign.require(CampaignState.DRAFT)
    with rendered(file) as picture:
        store_picture(campaign, picture)


def store_picture(campaign: Campaign, picture: RenderedImage) -> None:
    """Store the rendition of a decoded picture, and nothing else of it."""
    campaign.require(CampaignState.DRAFT)
    rendition = next(r for r in picture.renditions if r.width_class == PICTURE_WIDTH)
    name = f"{secrets.token_urlsafe(18)}.webp"
    try:
        store().save_creative(rendition.path, name)
        before = _replace(campaign, name, rendition)
    except BaseException:
        _discard(name)
        raise
    _discard(before)


def _replace(campaign: Campaign, name: str, rendition: RenderedFile) -> str:
    """Name the new file; returns the name of the file before."""
    with transaction.atomic():
        rows = Campaign.objects.select_for_update(no_key=True)
        before: str = rows.values_list("picture", flat=True).get(pk=campaign.pk)
        campaign.change(
            picture=name,
            picture_width=rendition.width,
            picture_height=rendition.height,
            approved_at=None,
            approved_by=None,
        )
    return before


def _discard(name: str) -> None:
    """Remove a picture that no campaign names."""
    if not name or Campaign.objects.filter(picture=name).exists():
        return
    try:
        store().remove_creative(name)
    except StorageFailed:
        logger.exception("The picture %s of a campaign was not removed.", name)


def _named() -> set[str]:
    return set(Campaign.objects.exclude(picture="").values_list("picture", flat=True))


# For the audit of the storage.
PICTURES = PagePictures(
    "campaigns",
    Store.creatives,
    _named,
    Store.remove_creative,
    "is of no campaign",
)


def approve(campaign: Campaign, *, by: User) -> None:
    """Approve picture, text and address as they are now; never one's own campaign."""
    require_organizer(campaign.competition, by)
    if is_own(campaign, by):
        raise NotAllowed(
            SENTENCES["campaign_approved_by_another"],
            code="campaign_approved_by_another",
        )
    campaign.require(CampaignState.DRAFT)
    _require_address(campaign)
    with in_name_of(by):
        campaign.change(approved_at=DatabaseNow(), approved_by=by)


def _require_address(campaign: Campaign) -> None:
    """Refuse an address that the form would not take.

    PostgreSQL refuses all others but names in Punycode that mean nothing.
    """
    try:
        is_one = web_address(campaign.target_url) == campaign.target_url
    except ValidationError:
        is_one = False
    if not is_one:
        rule = "campaign_leads_to_web_address"
        raise ProblemError(SENTENCES[rule], code=rule)


def schedule(campaign: Campaign, *, by: User) -> None:
    """Let it show inside its window; refused unless approved."""
    require_organizer(campaign.competition, by)
    _require_address(campaign)
    if campaign.ends_at <= database.now():
        raise ProblemError(
            _("This campaign's window has passed; set a later end."),
            code="campaign_window_passed",
        )
    campaign.move(CampaignState.SCHEDULED)


def back_to_draft(campaign: Campaign, *, by: User) -> None:
    """Take a scheduled campaign back; it needs a new approval."""
    require_organizer(campaign.competition, by)
    campaign.move(CampaignState.DRAFT, approved_at=None, approved_by=None)


def pause(campaign: Campaign, *, by: User) -> None:
    require_organizer(campaign.competition, by)
    campaign.move(CampaignState.PAUSED)


def resume(campaign: Campaign, *, by: User) -> None:
    require_organizer(campaign.competition, by)
    _require_address(campaign)
    campaign.move(CampaignState.RUNNING)


def end(campaign: Campaign, *, by: User) -> None:
    """End it for good."""
    require_organizer(campaign.competition, by)
    campaign.move(CampaignState.ENDED, ended_at=DatabaseNow())


def change_end(campaign: Campaign, *, ends_at: datetime, reason: str, by: User) -> None:
    """Move the end of an approved campaign; its sponsor reads the reason."""
    require_organizer(campaign.competition, by)
    campaign.require(*RUNS)
    with because(" ".join(reason.split())):
        campaign.change(ends_at=ends_at)


def keep_windows() -> int:
    """Start and end campaigns by their windows; returns how many moved."""
    now = database.now()
    started = Campaign.objects.filter(
        state=CampaignState.SCHEDULED, starts_at__lte=now, ends_at__gt=now
    )
    over = Campaign.objects.filter(state__in=RUNS, ends_at__lte=now)
    moved = move_each(over, CampaignState.ENDED, ended_at=DatabaseNow())
    return moved + move_each(started, CampaignState.RUNNING)
