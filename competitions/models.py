"""What is being run: competitions with their categories, prizes, dates and rules."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from competitions.constraints import CONSTRAINTS, SLUG
from competitions.covers.models import Covered
from competitions.markdown import Markdown
from competitions.states import COMPETITION, CompetitionState, Phase
from competitions.zones import places, zone_of
from mycenas.accounts.models import Organization
from mycenas.core.db.bounds import numbers
from mycenas.core.db.database import DatabaseNow
from mycenas.core.fields import Line, MailAddress, Position
from mycenas.core.models import STATE_WIDTH, ConstrainedModel, Stateful
from mycenas.core.states.machine import StateMachine
from mycenas.core.text import shown

MEBIBYTE = 1024 * 1024
LAST_POSITION = 9999
IN_ORDER = _("1 comes first; one without a number comes last.")


def blind_now(path: str = "") -> Q:
    """Of rows whose competition is at ``path``: those whose artists are hidden now.

    They are hidden until the winners are announced, for good if that never happens.
    """
    is_final = Q(**{f"{path}state": CompetitionState.WINNER_ANNOUNCED})
    return Q(**{f"{path}blind": True}) & ~is_final


class CompetitionQuerySet(models.QuerySet["Competition"]):
    def published(self) -> Self:
        """Everything but drafts."""
        return self.exclude(state=CompetitionState.DRAFT)

    def blind(self) -> Self:
        """Those whose artists are hidden now; see `competitions.blind.access`."""
        return self.filter(blind_now())

    def due(self) -> Self:
        """Open although the deadline has passed, by the database's clock."""
        return self.filter(
            state=CompetitionState.OPEN,
            cancelled_at=None,
            closes_at__lte=DatabaseNow(),
        )


class Competition(Covered, Stateful):
    """A competition; ``closes_at`` is the deadline that arrival is judged by."""

    machine: ClassVar[StateMachine] = COMPETITION

    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        related_name="competitions",
        verbose_name=_("organization"),
    )
    title = Line(_("title"), max_length=160)
    slug = models.SlugField(
        _("slug"),
        max_length=80,
        unique=True,
        help_text=_("The last part of its address."),
    )
    summary = Line(
        _("summary"), max_length=240, blank=True, help_text=_("One sentence for lists.")
    )
    brief = Markdown(_("brief"), blank=True, help_text=_("What you ask for. Markdown."))
    rules = Markdown(
        _("rules"),
        blank=True,
        help_text=_("Who may enter, how it is judged, who may use the work. Markdown."),
    )
    contact = MailAddress(
        _("contact address"),
        blank=True,
        db_default="",
        help_text=_(
            "Shown on its page; replies to mails about entries go there. Leave it "
            "empty, and replies go to the site."
        ),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        help_text=_("Dates below are in this zone, for example Europe/Athens."),
    )
    state = models.CharField(
        _("state"),
        max_length=STATE_WIDTH,
        choices=CompetitionState,
        default=CompetitionState.DRAFT,
        editable=False,
    )
    opens_at = models.DateTimeField(_("entries open"), null=True, blank=True)
    closes_at = models.DateTimeField(_("deadline"), null=True, blank=True)
    deadline_reason = models.CharField(max_length=240, blank=True, editable=False)
    upload_window = models.DurationField(
        _("upload window"),
        default=timedelta(minutes=15),
        help_text=_(
            "How long the file may take to follow an entry that arrived in time."
        ),
    )
    declared_upload_window = models.DurationField(
        _("upload window of a declared file"),
        default=timedelta(hours=24),
        help_text=_(
            "The same for an entry that arrived with the size and SHA-256 of its "
            "file: nothing can be changed any more, so it may take longer. The longer "
            "of the two windows counts."
        ),
    )
    max_entries = models.PositiveSmallIntegerField(_("entries per person"), default=3)
    max_megabytes = models.PositiveIntegerField(_("largest file, in MB"), default=50)
    blind = models.BooleanField(
        _("blind"),
        default=False,
        db_default=False,
        help_text=_(
            "Moderators, jurors and visitors see neither names nor addresses of "
            "artists nor names of files until the winners are announced. Stays as it "
            "is once the competition is open."
        ),
    )
    opened_at = models.DateTimeField(null=True, editable=False)
    moderation_started_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    winners_announced_at = models.DateTimeField(null=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, editable=False)
    cancel_reason = models.CharField(max_length=240, blank=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = CompetitionQuerySet.as_manager()

    class Meta:
        ordering = ("-opens_at", "-pk")
        verbose_name = _("competition")
        verbose_name_plural = _("competitions")
        constraints = CONSTRAINTS

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if self.time_zone in places():
            return
        # The row may keep an old name like US/Eastern.
        rows = type(self).objects.filter(pk=self.pk, time_zone=self.time_zone)
        if self.pk is None or not rows.exists():
            sentence = _(
                "“%(name)s” is not the time zone of a place. Give one like "
                "“Europe/Athens”, or UTC."
            )
            raise ValidationError(
                {"time_zone": sentence % {"name": shown(self.time_zone)}}
            )

    def get_absolute_url(self) -> str:
        return reverse("competitions:detail", args=[self.slug])

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.time_zone)

    @property
    def max_bytes(self) -> int:
        return self.max_megabytes * MEBIBYTE

    @cached_property
    def has_categories(self) -> bool:
        """Whether entries are made in one of several sections."""
        return self.categories.exists()

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None

    @property
    def is_stopped_early(self) -> bool:
        """Whether an organizer stopped the entries: that moved the deadline to then."""
        begun, closes_at = self.moderation_started_at, self.closes_at
        return bool(begun and closes_at and begun <= closes_at)

    @property
    def is_final(self) -> bool:
        return self.state == CompetitionState.WINNER_ANNOUNCED

    @property
    def is_blind(self) -> bool:
        """Whether its artists are hidden now; for PostgreSQL `blind_now`."""
        return self.blind and not self.is_final

    def phase(self, moment: datetime) -> Phase:
        """What visitors see at ``moment``: the deadline counts, not the job after."""
        if self.is_final:
            return Phase.DECIDED
        if self.takes_entries(moment):
            return Phase.OPEN
        is_coming = self.opens_at is not None and moment < self.opens_at
        return Phase.COMING if is_coming else Phase.JUDGING

    def next_date(self, moment: datetime) -> datetime | None:
        """When entries open or, once they are, close; None when neither lies ahead."""
        if self.is_cancelled:
            return None
        dates = (self.opens_at, self.closes_at)
        return next((date for date in dates if date and date > moment), None)

    def takes_entries(self, moment: datetime) -> bool:
        """Whether an entry that arrives at ``moment`` is on time."""
        return (
            self.state == CompetitionState.OPEN
            and not self.is_cancelled
            and self.opens_at is not None
            and self.closes_at is not None
            and self.opens_at <= moment <= self.closes_at
        )


def _each_position_once(kind: str) -> models.UniqueConstraint:
    """Rows of a competition are in an order; they may change places in one save."""
    return models.UniqueConstraint(
        fields=["competition", "position"],
        name=f"{kind}_position_once",
        deferrable=models.Deferrable.IMMEDIATE,
    )


class Category(ConstrainedModel):
    """A section of a competition that entries are made in.

    PostgreSQL puts one without a position last.
    """

    competition = models.ForeignKey(
        Competition, models.CASCADE, related_name="categories"
    )
    name = Line(_("name"), max_length=120)
    slug = models.SlugField(_("slug"))
    position = Position(_("position"), help_text=IN_ORDER)

    class Meta:
        ordering = ("position", "pk")
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [
            models.UniqueConstraint(
                fields=["competition", "slug"],
                name="category_slug_once",
                # Two categories may swap their slugs in one save.
                deferrable=models.Deferrable.IMMEDIATE,
            ),
            _each_position_once("category"),
            models.CheckConstraint(
                name="category_slug_in_addresses",
                condition=models.Q(slug__regex=SLUG),
            ),
            *numbers(0, LAST_POSITION, "position"),
        ]

    def __str__(self) -> str:
        return self.name


class Prize(ConstrainedModel):
    """What an entry can win; one without a position goes last, as categories do."""

    competition = models.ForeignKey(Competition, models.CASCADE, related_name="prizes")
    name = Line(_("name"), max_length=120)
    description = Line(_("description"), max_length=240, blank=True)
    position = Position(_("position"), help_text=IN_ORDER)

    class Meta:
        ordering = ("position", "pk")
        verbose_name = _("prize")
        verbose_name_plural = _("prizes")
        constraints = [
            _each_position_once("prize"),
            *numbers(0, LAST_POSITION, "position"),
        ]

    def __str__(self) -> str:
        return self.name
