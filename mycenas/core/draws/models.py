"""Committed draws, and their seeds, which the site cannot read before the draw."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from mycenas.core.canonical import read_canonical
from mycenas.core.db.bounds import MOST_ROWS, datetimes, numbers
from mycenas.core.digests import sha256_of
from mycenas.core.draws.drawing import drawn, with_beacon
from mycenas.core.draws.states import DRAW, DrawState
from mycenas.core.models import STATE_WIDTH, ConstrainedModel, Stateful
from mycenas.core.states.machine import StateMachine

DIGEST = 64
IS_BEACON_VALUE = r"^[0-9a-f]{32,255}$"
COMMITTED, IS_DRAWN = Q(state=DrawState.COMMITTED), Q(state=DrawState.DRAWN)
WITHOUT_BEACON = Q(beacon="", beacon_round=None)


class Draw(Stateful):
    """A list that is put into an order by a seed, which is committed before.

    ``subject_table`` and ``subject_id`` name the row that the draw is for. ``items`` is
    the canonical document of the sorted list. The seed is NULL until the list is
    drawn; then PostgreSQL copies it from `Seed`. ``beacon`` names a public source of
    random numbers and ``beacon_round`` the round of it, whose value joins the seed.
    """

    machine: ClassVar[StateMachine] = DRAW

    purpose = models.CharField(_("purpose"), max_length=60, editable=False)
    subject_table = models.CharField(max_length=63, editable=False)
    subject_id = models.BigIntegerField(editable=False)
    state = models.CharField(
        _("state"),
        max_length=STATE_WIDTH,
        choices=DrawState,
        default=DrawState.COMMITTED,
        editable=False,
    )
    items = models.BinaryField(editable=False)
    list_digest = models.CharField(
        _("SHA-256 of the list"), max_length=DIGEST, editable=False
    )
    commitment = models.CharField(
        _("SHA-256 of the seed"), max_length=DIGEST, editable=False
    )
    seed = models.BinaryField(null=True, editable=False)
    beacon = models.CharField(
        _("beacon"), max_length=200, blank=True, db_default="", editable=False
    )
    beacon_round = models.BigIntegerField(
        _("round of the beacon"), null=True, editable=False
    )
    beacon_value = models.CharField(
        _("value of the beacon"),
        max_length=255,
        blank=True,
        db_default="",
        editable=False,
    )
    committed_at = models.DateTimeField(
        _("committed"), db_default=Now(), editable=False
    )
    drawn_at = models.DateTimeField(_("drawn"), null=True, editable=False)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("draw")
        verbose_name_plural = _("draws")
        constraints = [
            models.CheckConstraint(
                name="draw_known_state", condition=Q(state__in=DrawState.values)
            ),
            models.CheckConstraint(
                name="draw_list_has_digest",
                condition=Q(list_digest=sha256_of("items")),
            ),
            models.CheckConstraint(
                name="draw_commitment_is_sha256",
                condition=Q(commitment__regex=r"^[0-9a-f]{64}$"),
            ),
            models.CheckConstraint(
                name="draw_seed_as_committed",
                condition=Q(seed=None) | Q(commitment=sha256_of("seed")),
            ),
            models.CheckConstraint(
                name="draw_drawn_tied",
                condition=COMMITTED & Q(seed=None, drawn_at=None)
                | IS_DRAWN & Q(seed__isnull=False, drawn_at__isnull=False),
            ),
            models.CheckConstraint(
                name="draw_beacon_named",
                condition=WITHOUT_BEACON
                | ~Q(beacon="") & Q(beacon_round__isnull=False),
            ),
            models.CheckConstraint(
                name="draw_beacon_tied",
                condition=Q(beacon_value="") & (WITHOUT_BEACON | COMMITTED)
                | ~Q(beacon="") & IS_DRAWN & Q(beacon_value__regex=IS_BEACON_VALUE),
            ),
            models.UniqueConstraint(
                fields=["subject_table", "subject_id", "purpose"], name="draw_once"
            ),
            *datetimes("committed_at", "drawn_at"),
            *numbers(1, MOST_ROWS, "subject_id", "beacon_round"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.subject_table} {self.subject_id}"

    @property
    def listed(self) -> list[str]:
        """The list that was committed, sorted."""
        found: list[str] = read_canonical(bytes(self.items))
        return found

    @property
    def revealed(self) -> bytes:
        """The seed; raises ``InvalidTransition`` before the draw."""
        self.require(DrawState.DRAWN)
        return bytes(self.seed or b"")

    @property
    def seed_text(self) -> str:
        """The revealed seed in hexadecimal digits."""
        return self.revealed.hex()

    @property
    def order(self) -> list[str]:
        """The list in the order of the draw; raises ``InvalidTransition`` before it.

        It is stored nowhere: everybody computes it from what is published.
        """
        return drawn(self.revealed, self.listed, self.full_purpose)

    @property
    def full_purpose(self) -> str:
        """The purpose with the value of the beacon, as `drawing.drawn` takes it."""
        if not self.beacon:
            return self.purpose
        return with_beacon(self.purpose, self.beacon_round or 0, self.beacon_value)


class Seed(ConstrainedModel):
    """The seed of a draw. The site's role may insert it, and never reads it."""

    draw = models.OneToOneField(
        Draw, models.PROTECT, primary_key=True, related_name="+", editable=False
    )
    value = models.BinaryField(editable=False)

    class Meta:
        verbose_name = _("seed")
        verbose_name_plural = _("seeds")

    def __str__(self) -> str:
        return str(self.pk)
