"""How much space the disk has for files."""

from __future__ import annotations

from contextlib import suppress

from django.conf import settings
from django.db.models import Max

from competitions.models import MEBIBYTE, Competition
from competitions.states import CompetitionState
from mycenas.storage import StorageFailed, store
from mycenas.uploads.disk_quota import DiskClaim
from mycenas.uploads.rate_limit import Sender


def free_bytes() -> int:
    """What files may take: pictures, databases and logs need some as well."""
    return max(0, store().free_bytes() - settings.STORAGE_RESERVE)


def disk_claim(
    sender: Sender, competition_id: int, coming: int, whole: int | None = None
) -> DiskClaim | None:
    """The space that a file needs; ``coming`` of its bytes come in this request.

    None if the disk does not answer: then it will not take the file either.
    """
    with suppress(StorageFailed):
        return DiskClaim(
            free=free_bytes(),
            coming=coming,
            whole=whole or coming,
            participant=str(sender.participant_id),
            network=sender.network,
            competition=str(competition_id),
        )
    return None


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
