"""A jury round and its settings."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from competitions.markdown import Markdown
from competitions.models import Category, Competition
from mycenas.core.db.bounds import datetimes, numbers
from mycenas.core.fields import Line
from mycenas.core.models import STATE_WIDTH, Stateful
from mycenas.core.states.machine import StateMachine
from submissions.judging.states import (
    HOLDING,
    ROUND,
    Advance,
    Aggregate,
    Method,
    RoundState,
)

LONGEST_REASON = 1000
MOST_READINGS = 99
MOST_LOAD = 10_000
MOST_POINTS = 1000
MOST_ADVANCING = 5000
LAST_POSITION = 99


class RoundQuerySet(models.QuerySet["Round"]):
    def open(self) -> Self:
        return self.filter(state=RoundState.OPEN)

    def holding(self) -> Self:
        """Those that are neither published nor cancelled."""
        return self.filter(state__in=HOLDING)


class Round(Stateful):
    """One round of a competition, or of one of its categories.

    A round whose ``position`` is not the first gets the entries that the round before
    advances. Settings are frozen by PostgreSQL once the round is open.
    """

    machine: ClassVar[StateMachine] = ROUND

    competition = models.ForeignKey(
        Competition,
        models.PROTECT,
        related_name="rounds",
        verbose_name=_("competition"),
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="rounds",
        verbose_name=_("category"),
        help_text=_("Leave it empty, and the round judges entries of all categories."),
    )
    position = models.PositiveSmallIntegerField(
        _("position"),
        default=1,
        help_text=_("Rounds of a competition or category take place in this order."),
    )
    name = Line(_("name"), max_length=80)
    method = models.CharField(
        _("method"), max_length=16, choices=Method, default=Method.WEIGHTED
    )
    aggregate = models.CharField(
        _("points of an entry"),
        max_length=16,
        choices=Aggregate,
        default=Aggregate.ADDITIVE_FIT,
        help_text=_("For criteria: how the points of all jurors become one number."),
    )
    rules = Markdown(
        _("rules for jurors"),
        blank=True,
        help_text=_("What jurors accept before they see the entries. Markdown."),
    )
    readings = models.PositiveSmallIntegerField(
        _("readings per entry"),
        default=3,
        help_text=_("How many jurors are to score each entry."),
    )
    quorum = models.PositiveSmallIntegerField(
        _("quorum"),
        default=2,
        help_text=_("How many scores an entry needs before the round can be closed."),
    )
    load_limit = models.PositiveSmallIntegerField(
        _("entries per juror"),
        null=True,
        blank=True,
        help_text=_("The most that one juror gets. Empty means no limit."),
    )
    tie_break = models.JSONField(
        _("tie-break"),
        default=list,
        blank=True,
        help_text=_("What decides between equal entries, in this order; then a draw."),
    )
    advance = models.CharField(
        _("who advances"), max_length=16, choices=Advance, default=Advance.ALL
    )
    advance_value = models.DecimalField(
        _("number or points"), max_digits=7, decimal_places=3, null=True, blank=True
    )
    closes_at = models.DateTimeField(
        _("scores until"),
        null=True,
        blank=True,
        help_text=_("No score is taken afterwards. Empty: until you close the round."),
    )
    state = models.CharField(
        _("state"),
        max_length=STATE_WIDTH,
        choices=RoundState,
        default=RoundState.DRAFT,
        editable=False,
    )
    seed = models.CharField(max_length=64, blank=True, editable=False)
    seed_commitment = models.CharField(max_length=64, blank=True, editable=False)
    opened_at = models.DateTimeField(_("opened"), null=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)
    close_reason = models.CharField(
        max_length=LONGEST_REASON, blank=True, editable=False
    )
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, editable=False)
    cancel_reason = models.CharField(
        max_length=LONGEST_REASON, blank=True, editable=False
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("jury round")
        verbose_name_plural = _("jury rounds")
        constraints = [
            models.CheckConstraint(
                name="round_known_state", condition=Q(state__in=RoundState.values)
            ),
            models.CheckConstraint(
                name="round_known_method", condition=Q(method__in=Method.values)
            ),
            models.CheckConstraint(
                name="round_known_aggregate",
                condition=Q(aggregate__in=Aggregate.values),
            ),
            models.CheckConstraint(
                name="round_known_advance", condition=Q(advance__in=Advance.values)
            ),
            models.CheckConstraint(name="round_named", condition=~Q(name="")),
            models.CheckConstraint(
                name="round_quorum_within_readings",
                condition=Q(quorum__lte=F("readings")),
            ),
            models.CheckConstraint(
                name="round_advances_so_many",
                condition=Q(advance=Advance.ALL, advance_value=None)
                | Q(advance=Advance.TOP, advance_value__gte=1)
                | Q(advance=Advance.THRESHOLD, advance_value__isnull=False),
            ),
            models.CheckConstraint(
                name="round_elects_so_many",
                condition=~Q(method=Method.STV) | Q(advance=Advance.TOP),
            ),
            models.CheckConstraint(
                name="round_opened_tied",
                condition=Q(state=RoundState.DRAFT, opened_at=None)
                | Q(opened_at__isnull=False) & ~Q(state=RoundState.DRAFT),
            ),
            models.CheckConstraint(
                name="round_closed_tied",
                condition=Q(
                    state__in=(RoundState.DRAFT, RoundState.OPEN), closed_at=None
                )
                | Q(
                    state__in=(RoundState.CLOSED, RoundState.PUBLISHED),
                    closed_at__isnull=False,
                )
                | Q(state=RoundState.CANCELLED),
            ),
            models.CheckConstraint(
                name="round_published_tied",
                condition=Q(state=RoundState.PUBLISHED, published_at__isnull=False)
                | ~Q(state=RoundState.PUBLISHED) & Q(published_at=None),
            ),
            models.CheckConstraint(
                name="round_cancelled_tied",
                condition=Q(state=RoundState.CANCELLED, cancelled_at__isnull=False)
                & ~Q(cancel_reason="")
                | ~Q(state=RoundState.CANCELLED)
                & Q(cancelled_at=None, cancel_reason=""),
            ),
            models.UniqueConstraint(
                fields=["competition", "category", "position"],
                name="round_position_once",
                condition=~Q(state=RoundState.CANCELLED),
                nulls_distinct=False,
            ),
            *datetimes(
                "closes_at",
                "opened_at",
                "closed_at",
                "published_at",
                "cancelled_at",
                "created_at",
            ),
            *numbers(1, LAST_POSITION, "position"),
            *numbers(1, MOST_READINGS, "readings", "quorum"),
            *numbers(1, MOST_LOAD, "load_limit"),
            *numbers(-MOST_POINTS, MOST_ADVANCING, "advance_value"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def elected(self) -> int | None:
        """How many entries single transferable vote elects; those who advance."""
        return int(self.advance_value) if self.advance_value is not None else None
