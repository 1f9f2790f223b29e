"""The life of a sponsor's campaign."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mycenas.core.states.machine import StateMachine


class CampaignState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SCHEDULED = "scheduled", _("scheduled")
    RUNNING = "running", _("running")
    PAUSED = "paused", _("paused")
    ENDED = "ended", _("ended")


C = CampaignState

CAMPAIGN = StateMachine(
    name="campaign",
    table="campaigns_campaign",
    states=CampaignState,
    initial=C.DRAFT,
    moves={
        C.DRAFT: frozenset({C.SCHEDULED}),
        C.SCHEDULED: frozenset({C.DRAFT, C.RUNNING, C.ENDED}),
        C.RUNNING: frozenset({C.PAUSED, C.ENDED}),
        C.PAUSED: frozenset({C.RUNNING, C.ENDED}),
        C.ENDED: frozenset(),
    },
)

SHOWABLE = (C.SCHEDULED, C.RUNNING)
# Approved, and not ended.
RUNS = (C.SCHEDULED, C.RUNNING, C.PAUSED)

SENTENCES = {
    "campaign_moves": _("A campaign cannot make that step from where it is now."),
    "campaign_starts": _("A new campaign starts as a draft."),
    "campaign_starts_before_it_ends": _(
        "A campaign must start before it ends; put the end after the start."
    ),
    "campaign_approved_to_run": _(
        "Approve the campaign's picture and text before scheduling it."
    ),
    "campaign_has_picture": _(
        "Add a picture, with its alternative text, before scheduling the campaign."
    ),
    "campaign_picture_has_name": _(
        "A picture has a name that this site gives. Choose the picture again."
    ),
    "campaign_leads_to_web_address": _(
        "Give the campaign an address that browsers open, like https://example.org/: "
        "https or http, no user or password before the host, and only ASCII."
    ),
    "impression_once_per_visitor_and_day": _("This showing is counted already."),
    "campaign_stays": _("Only a draft can be deleted; end the campaign instead."),
    "campaign_has_creator": _(
        "A campaign needs a known person who made it: sign in, or set created_by."
    ),
    "campaign_creator_stays": _("Who made a campaign, and when, never changes."),
    "campaign_approved_by_another": _(
        "You made this campaign or pay for it. Ask another organizer to approve it."
    ),
    "campaign_approved_by_its_person": _(
        "A campaign is approved under the name of the person who approves it."
    ),
    "campaign_by_organizer": _(
        "Only an organizer of the competition approves a campaign and moves it."
    ),
    "campaign_keeps_its_key": _("The number of a campaign never changes."),
    "campaign_known_state": _("A campaign has no such state."),
    "campaign_ended_at_tied": _(
        "A campaign has an end when it has ended, and not before; nothing was changed."
    ),
    "campaign_decision_stays": _(
        "Take the campaign back to draft to approve it anew; when it ended stays."
    ),
    "campaign_approved_stays": _(
        "What was approved stays as it is, with its name and its start. Take a "
        "campaign that has not begun back to draft to change it."
    ),
    "campaign_end_has_reason": _(
        "Say why the end of this campaign moves; its sponsor reads the reason."
    ),
    "campaign_end_is_ahead": _(
        "The end moves only while it is ahead, and to a later moment than now. To stop "
        "the campaign now, end it."
    ),
    "campaign_ended_stays": _("This campaign has ended; nothing of it changes."),
    "campaign_counts_on_show": _(
        "This campaign is not on show: it counts while it is scheduled or running, "
        "inside its window."
    ),
}

# Where such a sentence stands in a form.
FIELDS = {
    "campaign_end_has_reason": "reason",
    "campaign_end_is_ahead": "ends_at",
    "campaign_starts_before_it_ends": "ends_at",
    "campaign_has_picture": "new_picture",
    "campaign_picture_has_name": "new_picture",
    "campaign_has_creator": "created_by",
}
