"""How much room the disk has for files, for the door and for operators."""

from __future__ import annotations

from contextlib import suppress

from django.conf import settings
from django.db.models import Max
from django.http import HttpRequest

from competitions.models import MEBIBYTE, Competition
from competitions.states import CompetitionState
from mycenas.accounts.people import signed_in
from mycenas.storage import StorageFailed, store
from submissions.intake.holding import Wish
from submissions.intake.pace import network_of


def free_bytes() -> int:
    """What files may take: pictures, databases and logs need some as well."""
    return max(0, store().free_bytes() - settings.STORAGE_RESERVE)


def wish(
    request: HttpRequest, competition_id: int, coming: int, whole: int | None = None
) -> str:
    """What the door learns of a file whose bytes are about to come.

    '' where the disk does not answer: then it will not take the file either.
    """
    with suppress(StorageFailed):
        return Wish(
            free=free_bytes(),
            coming=coming,
            whole=whole or coming,
            person=str(signed_in(request).pk),
            network=network_of(request),
            competition=str(competition_id),
        ).written()
    return ""


def problems() -> list[str]:
    """Why files are refused for lack of room, for operators."""
    open_now = Competition.objects.filter(
        state=CompetitionState.OPEN, cancelled_at=None
    )
    largest = open_now.aggregate(most=Max("max_megabytes"))["most"] or 0
    try:
        free = free_bytes()
    except StorageFailed:
        return []
    if free > largest * MEBIBYTE:
        return []
    return [
        f"Room for files: {free / MEBIBYTE:,.0f} MB beside STORAGE_RESERVE; open "
        f"competitions take files of up to {largest:,} MB. Larger uploads are refused "
        "until there is room. Arrivals are recorded."
    ]
