"""What must be true of every competition's row, in every state."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from competitions.covers.models import CONSTRAINTS as COVER_CONSTRAINTS
from competitions.states import CompetitionState
from mycenas.accounts.models import MAIL_ADDRESS
from mycenas.core.db.bounds import datetimes, durations, numbers

NOT_MODERATED = (CompetitionState.DRAFT, CompetitionState.OPEN)
OVER = (CompetitionState.CLOSED, CompetitionState.WINNER_ANNOUNCED)
MOST_ENTRIES = 30_000
MOST_MEGABYTES = 2048
# As Django's ``validate_slug``; pages cannot be addressed by anything else.
SLUG = r"^[-a-zA-Z0-9_]+$"

CONSTRAINTS: list[models.BaseConstraint] = [
    *COVER_CONSTRAINTS,
    *datetimes(
        "opens_at",
        "closes_at",
        "opened_at",
        "moderation_started_at",
        "closed_at",
        "winners_announced_at",
        "cancelled_at",
        "created_at",
    ),
    *durations("upload_window", "declared_upload_window"),
    *numbers(1, MOST_ENTRIES, "max_entries"),
    *numbers(1, MOST_MEGABYTES, "max_megabytes"),
    models.CheckConstraint(
        name="competition_known_state",
        condition=Q(state__in=CompetitionState.values),
    ),
    models.UniqueConstraint(Lower("slug"), name="competition_slug_once_in_any_case"),
    models.CheckConstraint(
        name="competition_slug_in_addresses", condition=Q(slug__regex=SLUG)
    ),
    models.CheckConstraint(
        name="competition_contact_canonical",
        condition=Q(contact="")
        | Q(contact=Lower("contact"))
        & Q(contact__regex=MAIL_ADDRESS)
        & ~Q(contact__endswith="."),
    ),
    # PostgreSQL does not know the names of places; it refuses what names none.
    models.CheckConstraint(
        name="competition_zone_of_a_place",
        condition=Q(time_zone__regex=r"^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$")
        & ~Q(time_zone="Factory"),
    ),
    models.CheckConstraint(
        name="competition_dates_set",
        condition=Q(state=CompetitionState.DRAFT)
        | Q(opens_at__isnull=False, closes_at__isnull=False),
    ),
    models.CheckConstraint(
        name="competition_opens_before_it_closes",
        condition=Q(opens_at__lt=F("closes_at")),
    ),
    models.CheckConstraint(
        name="competition_opened_at_tied",
        condition=Q(state=CompetitionState.DRAFT, opened_at=None)
        | ~Q(state=CompetitionState.DRAFT) & Q(opened_at__isnull=False),
    ),
    models.CheckConstraint(
        name="competition_moderation_at_tied",
        condition=Q(state__in=NOT_MODERATED, moderation_started_at=None)
        | ~Q(state__in=NOT_MODERATED) & Q(moderation_started_at__isnull=False),
    ),
    models.CheckConstraint(
        name="competition_closed_at_tied",
        condition=Q(state__in=OVER, closed_at__isnull=False)
        | ~Q(state__in=OVER) & Q(closed_at=None),
    ),
    models.CheckConstraint(
        name="competition_announced_at_tied",
        condition=Q(
            state=CompetitionState.WINNER_ANNOUNCED,
            winners_announced_at__isnull=False,
        )
        | ~Q(state=CompetitionState.WINNER_ANNOUNCED) & Q(winners_announced_at=None),
    ),
    models.CheckConstraint(
        name="competition_times_in_order",
        condition=Q(moderation_started_at__gte=F("opened_at"))
        & Q(closed_at__gte=F("moderation_started_at"))
        & Q(winners_announced_at__gte=F("closed_at")),
    ),
    models.CheckConstraint(
        name="competition_cancel_has_reason",
        condition=Q(cancelled_at=None, cancel_reason="")
        | Q(cancelled_at__isnull=False) & ~Q(cancel_reason=""),
    ),
    models.CheckConstraint(
        name="competition_announced_is_not_cancelled",
        condition=~Q(state=CompetitionState.WINNER_ANNOUNCED) | Q(cancelled_at=None),
    ),
]
