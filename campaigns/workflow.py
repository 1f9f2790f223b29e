"""What can be done with a campaign; its picture is redrawn before anybody sees it."""

from __future__ import annotations

import secrets
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.utils.translation import gettext_lazy as _

from campaigns.access import is_own
from campaigns.models import Campaign
from campaigns.states import RUNS, SENTENCES, CampaignState
from mycenas.accounts.access import organizes
from mycenas.accounts.models import User
from mycenas.core.audit.actor import because
from mycenas.core.db import database
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import MOVED_ON, LostRace, NotAllowed, Refused
from mycenas.imaging.rendering import (
    DecoderDied,
    RenderedImage,
    UnreadableImage,
    render,
)
from mycenas.storage import store

PICTURE_WIDTH = 960


def set_picture(campaign: Campaign, file: BinaryIO) -> None:
    """Decode the uploaded picture in the limited child and keep only what it drew."""
    with tempfile.TemporaryDirectory(prefix="mycenas-") as folder:
        original = Path(folder) / "original"
        original.write_bytes(file.read())
        picture = _render(original, Path(folder))
        rendition = next(
            r for r in picture.renditions if r.width_class == PICTURE_WIDTH
        )
        name = f"{secrets.token_urlsafe(18)}.webp"
        store().save_creative(rendition.path, name)
    rows = Campaign.objects.filter(pk=campaign.pk, state=CampaignState.DRAFT)
    changed = rows.update(
        picture=name,
        picture_width=rendition.width,
        picture_height=rendition.height,
        approved_at=None,
        approved_by=None,
    )
    if changed != 1:
        raise LostRace(MOVED_ON)
    campaign.refresh_from_db()


def _render(original: Path, folder: Path) -> RenderedImage:
    try:
        return render(original, folder)
    except UnreadableImage as problem:
        raise Refused(problem.sentence, code=problem.code) from problem
    except DecoderDied as error:
        raise Refused(
            _("This picture could not be read. Save it again and try once more."),
            code="decoder_died",
        ) from error


def approve(campaign: Campaign, *, by: User) -> None:
    """Approve picture, text and address as they are now; never one's own campaign."""
    _require_organizer(campaign, by)
    if is_own(campaign, by):
        raise NotAllowed(
            SENTENCES["campaign_approved_by_another"],
            code="campaign_approved_by_another",
        )
    rows = Campaign.objects.filter(pk=campaign.pk, state=CampaignState.DRAFT)
    if rows.update(approved_at=DatabaseNow(), approved_by=by) != 1:
        raise LostRace(MOVED_ON)
    campaign.refresh_from_db()


def schedule(campaign: Campaign, *, by: User) -> None:
    """Let it show inside its window; refused unless approved."""
    _require_organizer(campaign, by)
    if campaign.ends_at <= database.now():
        raise Refused(
            _("This campaign's window has passed; set a later end."),
            code="campaign_window_passed",
        )
    campaign.move(CampaignState.SCHEDULED)


def back_to_draft(campaign: Campaign, *, by: User) -> None:
    """Take a scheduled campaign back; it needs a new approval."""
    _require_organizer(campaign, by)
    campaign.move(CampaignState.DRAFT, approved_at=None, approved_by=None)


def pause(campaign: Campaign, *, by: User) -> None:
    _require_organizer(campaign, by)
    campaign.move(CampaignState.PAUSED)


def resume(campaign: Campaign, *, by: User) -> None:
    _require_organizer(campaign, by)
    campaign.move(CampaignState.RUNNING)


def end(campaign: Campaign, *, by: User) -> None:
    """End it for good."""
    _require_organizer(campaign, by)
    campaign.move(CampaignState.ENDED, ended_at=DatabaseNow())


def change_end(campaign: Campaign, *, ends_at: datetime, reason: str, by: User) -> None:
    """Move the end of an approved campaign; the journal keeps the reason."""
    _require_organizer(campaign, by)
    with because(" ".join(reason.split())):
        rows = Campaign.objects.filter(pk=campaign.pk, state__in=RUNS)
        if rows.update(ends_at=ends_at) != 1:
            raise LostRace(MOVED_ON)
    campaign.refresh_from_db()


def keep_windows() -> int:
    """Start and end campaigns by their windows; returns how many moved."""
    now = database.now()
    started = Campaign.objects.filter(
        state=CampaignState.SCHEDULED, starts_at__lte=now, ends_at__gt=now
    )
    over = Campaign.objects.filter(state__in=RUNS, ends_at__lte=now)
    moved = sum(_try_move(row, CampaignState.ENDED) for row in over)
    return moved + sum(_try_move(row, CampaignState.RUNNING) for row in started)


def _try_move(campaign: Campaign, to: CampaignState) -> bool:
    changes: dict[str, Any] = {}
    if to == CampaignState.ENDED:
        changes["ended_at"] = DatabaseNow()
    try:
        campaign.move(to, **changes)
    except LostRace:
        return False
    return True


def _require_organizer(campaign: Campaign, user: User) -> None:
    if not organizes(user, campaign.competition.organization_id):
        raise NotAllowed(_("Only an organizer of this competition may do this."))
