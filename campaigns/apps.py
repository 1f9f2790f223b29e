from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mycenas.core.audit import Audited
from mycenas.core.db.privileges import EVERYTHING
from mycenas.core.db.texts import GUARD as GUARD_OF_TEXTS


class CampaignsConfig(AppConfig):
    name = "campaigns"
    label = "campaigns"
    verbose_name = _("campaigns")
    guards: ClassVar[dict[str, str]] = {
        "campaign_approved_stays": (
            "What was approved of a campaign stays as it was approved."
        ),
        "campaign_end_moves_with_reason": (
            "The end of an approved campaign moves only with a reason, and only while "
            "it is ahead."
        ),
        "campaign_ended_stays": "Nothing of a campaign that has ended changes.",
        "campaign_has_creator": (
            "A new campaign names the person who made it: the one who is signed in."
        ),
        "campaign_creator_stays": "Who made a campaign, and when, never changes.",
        "campaign_is_approved_by_another": (
            "A person approves no campaign that this person made or pays for, and "
            "approves under the own name."
        ),
        "campaign_named_by_its_person": (
            "The person who approves a campaign is the one who acts."
        ),
        "campaign_moved_by_organizer": (
            "A person who approves a campaign, or moves it, organizes its competition "
            "then."
        ),
        "campaign_window_by_organizer": (
            "A person who moves the window of a campaign organizes its competition "
            "then."
        ),
        "campaign_stamped_when_made": (
            "The database clock stamps when a campaign is made."
        ),
        "campaign_stamped_when_decided": (
            "The database clock stamps when a campaign is approved and when it ends."
        ),
        "campaign_decision_stays": (
            "Who approved a campaign, and when, changes only with another approval; "
            "when it ended never changes."
        ),
        "impression_while_on_show": (
            "Showings are counted while the campaign is on show, inside its window."
        ),
        "click_while_on_show": (
            "Clicks are counted while the campaign is on show, inside its window."
        ),
        "impression_stamped_when_made": "The database clock stamps each showing.",
        "click_stamped_when_made": "The database clock stamps each click.",
        "impression_on_its_day": "A showing counts on the day of the database clock.",
        "impression_counts_from_none": "A new showing has no repeats.",
        "impression_counts_one_by_one": (
            "Repeats of a showing are counted one by one."
        ),
        "click_counts_from_none": "A new click has no repeats.",
        "click_counts_one_by_one": "Repeats of a click are counted one by one.",
        "campaign_stays": "Only a draft can be deleted.",
        "campaign_keeps_its_key": "A campaign keeps its primary key.",
        "campaign_texts_can_be_seen": GUARD_OF_TEXTS,
    }
    privileges: ClassVar[dict[str, str]] = {
        "campaigns_campaign": EVERYTHING,
        "campaigns_click": "INSERT, SELECT, UPDATE (repeats)",
        "campaigns_impression": "INSERT, SELECT, UPDATE (repeats)",
    }
    audited = (Audited("campaign", "campaigns_campaign"),)

    def ready(self) -> None:
        from campaigns import dashboard
        from campaigns.states import FIELDS, SENTENCES
        from campaigns.workflow import PICTURES, keep_windows
        from mycenas.core.http.errors import explain_constraints
        from mycenas.core.queue.tasks import add_sweeper
        from mycenas.staff import dashboard as staff
        from submissions.inventory import page_pictures

        explain_constraints(SENTENCES, FIELDS)
        page_pictures.kinds.append(PICTURES)
        staff.work.append(dashboard.cards)
        add_sweeper("campaigns.keep_windows", keep_windows)
