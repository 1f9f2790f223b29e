"""Commit a list and a seed, and later draw: the seed is revealed and gives an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from mycenas.core.canonical import canonical_bytes
from mycenas.core.db.database import DatabaseNow
from mycenas.core.draws.drawing import commitment, list_digest, new_seed
from mycenas.core.draws.models import Draw, Seed
from mycenas.core.draws.states import DrawState


@dataclass(frozen=True)
class Beacon:
    """A public source of random numbers, and a round of it that is still to come."""

    source: str
    number: int


def commit(
    purpose: str,
    subject_table: str,
    subject_id: int,
    items: Sequence[str],
    *,
    beacon: Beacon | None = None,
) -> Draw:
    """Commit a list and a new seed; from now on neither can change.

    Raises ``ValueError`` if an item is in the list twice.
    """
    seed = new_seed()
    with transaction.atomic():
        draw = Draw.objects.create(
            purpose=purpose,
            subject_table=subject_table,
            subject_id=subject_id,
            items=canonical_bytes(sorted(items)),
            list_digest=list_digest(items),
            commitment=commitment(seed),
            beacon=beacon.source if beacon else "",
            beacon_round=beacon.number if beacon else None,
        )
        Seed.objects.create(draw=draw, value=seed)
    return draw


def reveal(draw: Draw, *, beacon_value: str = "") -> Draw:
    """Draw: PostgreSQL publishes the seed, and with it the order; returns the draw."""
    draw.move(DrawState.DRAWN, beacon_value=beacon_value, drawn_at=DatabaseNow())
    draw.refresh_from_db()
    return draw
