"""Sponsors' campaigns, and what was shown and clicked, row by row."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.states import CAMPAIGN, CampaignState
from competitions.models import Competition
from mycenas.accounts.models import User
from mycenas.core.db.bounds import MOST_COUNTED, MOST_PIXELS, dates, datetimes, numbers
from mycenas.core.fields import Line, WebAddress, is_web_address
from mycenas.core.models import STATE_WIDTH, ConstrainedModel, Stateful
from mycenas.core.states.machine import StateMachine

# As workflow.set_picture names files: below the folder of campaigns, never above it.
PICTURE = r"^[A-Za-z0-9_-]+\.webp$"


class Campaign(Stateful):
    """One sponsor's picture in the slot of one competition, inside one window."""

    machine: ClassVar[StateMachine] = CAMPAIGN

    competition = models.ForeignKey(
        Competition, models.PROTECT, related_name="campaigns"
    )
    sponsor = models.ForeignKey(User, models.PROTECT, related_name="campaigns")
    name = Line(_("name"), max_length=120)
    state = models.CharField(
        _("state"),
        max_length=STATE_WIDTH,
        choices=CampaignState,
        default=CampaignState.DRAFT,
        editable=False,
    )
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    target_url = WebAddress(_("address it leads to"))
    headline = Line(_("headline"), max_length=80)
    picture = models.CharField(max_length=200, blank=True, editable=False)
    picture_width = models.PositiveIntegerField(null=True, editable=False)
    picture_height = models.PositiveIntegerField(null=True, editable=False)
    alt_text = Line(_("alternative text"), max_length=240)
    approved_at = models.DateTimeField(null=True, editable=False)
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", editable=False
    )
    ended_at = models.DateTimeField(null=True, editable=False)
    # PostgreSQL keeps why the end of the approved window was last moved.
    end_reason = models.CharField(
        max_length=240, blank=True, default="", db_default="", editable=False
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    # PostgreSQL takes the signed-in person, where there is one. Unknown only for
    # campaigns made before this was kept.
    created_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", editable=False
    )

    class Meta:
        ordering = ("-starts_at", "-pk")
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints = [
            # A campaign that has ended keeps the address that it ran with; a draft may
            # have lost one that no browser opens.
            models.CheckConstraint(
                name="campaign_leads_to_web_address",
                condition=Q(is_web_address("target_url"))
                | Q(state=CampaignState.ENDED)
                | Q(state=CampaignState.DRAFT, approved_at=None, target_url=""),
            ),
            *datetimes("starts_at", "ends_at", "approved_at", "ended_at", "created_at"),
            *numbers(0, MOST_PIXELS, "picture_width", "picture_height"),
            models.CheckConstraint(
                name="campaign_known_state", condition=Q(state__in=CampaignState.values)
            ),
            models.CheckConstraint(
                name="campaign_starts_before_it_ends",
                condition=Q(starts_at__lt=F("ends_at")),
            ),
            models.CheckConstraint(
                name="campaign_approved_to_run",
                condition=Q(state=CampaignState.DRAFT)
                | Q(approved_at__isnull=False, approved_by__isnull=False),
            ),
            models.CheckConstraint(
                name="campaign_has_picture",
                condition=Q(approved_at=None)
                | ~Q(picture="")
                & ~Q(alt_text="")
                & Q(picture_width__isnull=False, picture_width__gt=0),
            ),
            models.CheckConstraint(
                name="campaign_picture_has_name",
                condition=Q(picture="") | Q(picture__regex=PICTURE),
            ),
            models.CheckConstraint(
                name="campaign_ended_at_tied",
                condition=Q(state=CampaignState.ENDED, ended_at__isnull=False)
                | ~Q(state=CampaignState.ENDED) & Q(ended_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def picture_url(self) -> str:
        """Another picture has another URL: none is shown from a browser's cache."""
        return reverse("campaigns:picture", args=[self.pk, self.picture])


class Impression(ConstrainedModel):
    """A campaign shown to one visitor on one day; further showings are ``repeats``.

    The key is that of the first showing. ``visitor`` is a keyed digest that changes
    daily; rows from before it was kept have their own key there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="impressions")
    shown_at = models.DateTimeField(db_default=Now())
    visitor = models.CharField(max_length=32)
    shown_on = models.DateField()
    repeats = models.PositiveIntegerField(db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "shown_on", "visitor"],
                name="impression_once_per_visitor_and_day",
            ),
            *dates("shown_on"),
            *datetimes("shown_at"),
            *numbers(0, MOST_COUNTED, "repeats"),
        ]
        indexes = [
            models.Index(fields=["campaign", "shown_at"], name="impression_when")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Click(ConstrainedModel):
    """A visitor's click of one day; never without its impression.

    Further clicks are ``repeats``.
    """

    impression = models.OneToOneField(
        Impression, models.PROTECT, primary_key=True, related_name="click"
    )
    clicked_at = models.DateTimeField(db_default=Now())
    repeats = models.PositiveIntegerField(db_default=0)

    class Meta:
        constraints = [
            *datetimes("clicked_at"),
            *numbers(0, MOST_COUNTED, "repeats"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
