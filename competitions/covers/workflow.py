"""Set and take off the cover of a competition, with the files that it names."""

from __future__ import annotations

import logging
import secrets
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from competitions.access import require_organizer
from competitions.models import Competition
from mycenas.accounts.models import User
from mycenas.imaging.rendering import WIDTHS, RenderedImage
from mycenas.storage import StorageFailed, store

logger = logging.getLogger(__name__)

# Narrower pictures would be enlarged on the page of the competition.
LEAST_WIDTH = 960


def too_narrow(picture: RenderedImage) -> str:
    """Why the picture is no cover; '' if it can be one."""
    if picture.width >= LEAST_WIDTH:
        return ""
    return _(
        "The picture is %(width)d pixels wide; a cover needs at least %(least)d."
    ) % {"width": picture.width, "least": LEAST_WIDTH}


def set_cover(competition: Competition, picture: RenderedImage, *, by: User) -> None:
    """Store the renditions, name them in the row, and remove those named before.

    Call it outside of transactions: it waits for the storage.
    """
    require_organizer(competition, by)
    name = secrets.token_urlsafe(18)
    widest = picture.renditions[0]
    try:
        for rendition in picture.renditions:
            store().save_cover(rendition.path, file_name(name, rendition.width_class))
        before = _replace(competition, name, widest.width, widest.height)
    except BaseException:
        discard(name)
        raise
    discard(before)


def _replace(competition: Competition, name: str, width: int, height: int) -> str:
    """Name the new files; returns the name of the files before."""
    with transaction.atomic():
        # Waits for copies that are being made with the files named before.
        rows = Competition.objects.select_for_update(no_key=True)
        before: str = rows.values_list("cover", flat=True).get(pk=competition.pk)
        competition.change(cover=name, cover_width=width, cover_height=height)
    return before


def take_off(competition: Competition) -> None:
    """Take the cover off the object, to be saved; its files go after the commit."""
    transaction.on_commit(partial(discard, competition.cover))
    competition.cover = ""
    competition.cover_width = competition.cover_height = None


def discard(name: str) -> None:
    """Remove the files of a cover that no competition names any more.

    What cannot be removed now is found by `manage.py audit_storage`.
    """
    if not name or Competition.objects.filter(cover=name).exists():
        return
    try:
        for width_class in WIDTHS:
            store().remove_cover(file_name(name, width_class))
    except StorageFailed:
        logger.exception("The files of the cover %s were not removed.", name)


def file_name(name: str, width_class: int) -> str:
    return f"{name[:2]}/{name}-{width_class}.webp"
