"""A sponsor's campaign: approved before it shows, and inside its window."""

from __future__ import annotations

import io

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from campaigns import workflow
from campaigns.models import Campaign
from campaigns.states import CampaignState as C
from mycenas.celery import app
from mycenas.core.http.errors import InvalidTransition, NotAllowed, ProblemError
from mycenas.core.models import AuditEntry, move_each
from mycenas.imaging.rendering import DecoderDied
from mycenas.staff import pictures
from mycenas.storage import store
from tests.factories import (
    DAY,
    CampaignFactory,
    UserFactory,
    moderator_of,
    organizer_of,
    timezone,
    walk_campaign,
)

pytestmark = pytest.mark.django_db

VERBS = {
    "approve": workflow.approve,
    "schedule": workflow.schedule,
    "back_to_draft": workflow.back_to_draft,
    "pause": workflow.pause,
    "resume": workflow.resume,
    "end": workflow.end,
}


def reload(campaign):
    return Campaign.objects.get(pk=campaign.pk)


def test_a_campaign_walks_its_way():
    campaign = CampaignFactory()
    by = organizer_of(campaign)
    for verb, state in (
        ("approve", C.DRAFT),
        ("schedule", C.SCHEDULED),
        ("back_to_draft", C.DRAFT),
        ("approve", C.DRAFT),
        ("schedule", C.SCHEDULED),
    ):
        VERBS[verb](campaign, by=by)
        assert campaign.state == state
    workflow.keep_windows()
    campaign = reload(campaign)
    for verb, state in (("pause", C.PAUSED), ("resume", C.RUNNING), ("end", C.ENDED)):
        VERBS[verb](campaign, by=by)
        assert campaign.state == state
    assert campaign.ended_at is not None


def test_the_end_moves_with_a_reason_that_its_sponsor_reads(client):
    campaign = CampaignFactory(state=C.RUNNING)
    by = organizer_of(campaign)
    later = campaign.ends_at + DAY
    with pytest.raises(IntegrityError, match="reason is not set"), transaction.atomic():
        workflow.change_end(campaign, ends_at=later, reason=" ", by=by)
    workflow.change_end(campaign, ends_at=later, reason="A day \n more.", by=by)
    assert reload(campaign).ends_at == later
    lines = AuditEntry.objects.filter(table_name="campaigns_campaign")
    assert lines.latest("pk").reason == "A day more."
    client.force_login(campaign.sponsor)
    assert "A day more." in client.get("/campaigns/").content.decode()
    with pytest.raises(IntegrityError, match="approved"), transaction.atomic():
        Campaign.objects.filter(pk=campaign.pk).update(end_reason="Another.")
    with pytest.raises(NotAllowed):
        workflow.change_end(
            campaign, ends_at=later, reason="Mine.", by=campaign.sponsor
        )
    workflow.end(campaign, by=by)
    with pytest.raises(InvalidTransition):
        workflow.change_end(campaign, ends_at=later, reason="Again.", by=by)


@pytest.mark.parametrize("verb", VERBS)
def test_only_organizers_decide(verb):
    campaign = CampaignFactory()
    for person in (campaign.sponsor, UserFactory(), moderator_of(campaign)):
        with pytest.raises(NotAllowed, match="Only an organizer"):
            VERBS[verb](campaign, by=person)


def test_nothing_is_scheduled_without_approval():
    campaign = CampaignFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        workflow.schedule(campaign, by=organizer_of(campaign))


def test_going_back_to_draft_takes_the_approval_away():
    campaign = CampaignFactory(state=C.SCHEDULED)
    workflow.back_to_draft(campaign, by=organizer_of(campaign))
    assert reload(campaign).approved_at is None


def test_only_drafts_are_approved():
    campaign = CampaignFactory(state=C.RUNNING)
    with pytest.raises(InvalidTransition):
        workflow.approve(campaign, by=organizer_of(campaign))


def test_a_window_that_has_passed_is_said():
    now = timezone.now()
    campaign = CampaignFactory(starts_at=now - 2 * DAY, ends_at=now - DAY)
    by = organizer_of(campaign)
    workflow.approve(campaign, by=by)
    with pytest.raises(ProblemError, match="window has passed") as caught:
        workflow.schedule(campaign, by=by)
    assert caught.value.code == "campaign_window_passed"


def test_windows_are_kept_by_themselves():
    now = timezone.now()
    begun = CampaignFactory(state=C.SCHEDULED)
    coming = CampaignFactory(state=C.SCHEDULED, starts_at=now + DAY / 2)
    over = [
        CampaignFactory(state=state, starts_at=now - 2 * DAY, ends_at=now - DAY)
        for state in (C.SCHEDULED, C.RUNNING, C.PAUSED)
    ]
    assert workflow.keep_windows() == 4
    assert workflow.keep_windows() == 0
    assert reload(begun).state == C.RUNNING
    assert reload(coming).state == C.SCHEDULED
    assert all(reload(campaign).state == C.ENDED for campaign in over)


def test_the_worker_keeps_windows():
    campaign = CampaignFactory(state=C.SCHEDULED)
    app.tasks["campaigns.keep_windows"]()
    assert reload(campaign).state == C.RUNNING


def test_a_campaign_that_moved_on_is_left_alone():
    stale = CampaignFactory(state=C.SCHEDULED)
    reload(stale).move(C.RUNNING)
    assert move_each([stale], C.RUNNING) == 0


# --- the picture


def test_a_picture_is_redrawn_and_takes_the_approval_away(jpeg):
    campaign = CampaignFactory()
    workflow.approve(campaign, by=organizer_of(campaign))
    workflow.set_picture(campaign, io.BytesIO(jpeg))
    assert (campaign.picture_width, campaign.picture_height) == (64, 48)
    assert campaign.approved_at is None
    with store().open_creative(campaign.picture) as file:
        kept = file.read()
    assert kept[8:12] == b"WEBP"
    assert b"Mycenas Optics" not in kept


def test_a_picture_that_is_replaced_goes_and_one_that_is_refused_is_not_kept(jpeg):
    of_others = kept()
    campaign = CampaignFactory()
    workflow.set_picture(campaign, io.BytesIO(jpeg))
    before, stale = campaign.picture, reload(campaign)
    workflow.set_picture(campaign, io.BytesIO(jpeg))
    assert kept() - of_others == {campaign.picture} != {before}
    walk_campaign(campaign, C.SCHEDULED)
    with pytest.raises(ProblemError):
        workflow.set_picture(stale, io.BytesIO(jpeg))
    assert kept() - of_others == {campaign.picture}


def kept():
    """The files of all campaigns' pictures."""
    return {path.name for path in (settings.DATA_DIR / "creatives").rglob("*.webp")}


def test_a_picture_that_cannot_be_read_is_explained():
    with pytest.raises(ProblemError, match="not a JPEG, PNG or WebP") as caught:
        workflow.set_picture(CampaignFactory(), io.BytesIO(b"<svg/>"))
    assert caught.value.code == "not_a_picture"


def test_a_picture_that_kills_its_decoder_is_explained(monkeypatch, jpeg):
    def killed(*args, **limits):
        raise DecoderDied("killed by SIGKILL")

    monkeypatch.setattr(pictures, "render", killed)
    with pytest.raises(ProblemError, match="could not be read"):
        workflow.set_picture(CampaignFactory(), io.BytesIO(jpeg))


def test_the_picture_of_a_running_campaign_stays(jpeg):
    campaign = CampaignFactory(state=C.RUNNING)
    with pytest.raises(InvalidTransition):
        workflow.set_picture(campaign, io.BytesIO(jpeg))
    assert reload(campaign).picture == "sheet.webp"
