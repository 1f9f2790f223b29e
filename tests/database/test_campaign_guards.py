"""What PostgreSQL refuses of campaigns, and of what is counted."""

from __future__ import annotations

import pytest

from competitions import workflow as competing
from mycenas.core.audit.actor import because
from submissions.receipts import workflow as receiving
from submissions.states import SubmissionState as S
from tests.database.tools import drop_guard, raw, refused
from tests.factories import (
    DAY,
    CampaignFactory,
    SubmissionFactory,
    UserFactory,
    organizer_of,
    timezone,
)

pytestmark = pytest.mark.django_db


def test_what_was_approved_of_a_campaign_stays():
    """While it runs; and in a draft that was approved and taken back."""
    draft, running = (
        CampaignFactory(state="scheduled"),
        CampaignFactory(state="running"),
    )
    raw("UPDATE campaigns_campaign SET state = 'draft' WHERE id = %s", [draft.pk])
    sql = "UPDATE campaigns_campaign SET {} WHERE id = %s"
    changes = (
        "headline = 'x'",
        "target_url = 'https://evil.example/'",
        "picture = 'x'",
        "alt_text = 'x'",
        f"sponsor_id = {running.sponsor_id}",
        f"competition_id = {running.competition_id}",
    )
    for change in changes:
        name = refused(sql.format(change), [draft.pk])
        assert name == "campaign_approved_stays", change
    visible = sql.format(changes[1])
    assert refused(visible, [running.pk]) == "campaign_approved_stays"
    drop_guard("campaign_approved_stays")
    assert refused(visible, [draft.pk]) == refused(visible, [running.pk]) == ""


@pytest.mark.parametrize("state", ["scheduled", "running", "paused"])
def test_the_end_of_a_campaign_moves_with_a_reason_while_it_is_ahead(state):
    campaign = CampaignFactory(state=state)
    sql = "UPDATE campaigns_campaign SET {} WHERE id = %s"
    later = sql.format("ends_at = ends_at + interval '1 day'")
    assert refused(later, [campaign.pk]) == "campaign_end_has_reason"
    for name in ("starts_at = starts_at + interval '1 hour'", "name = 'another'"):
        assert refused(sql.format(name), [campaign.pk]) == "campaign_approved_stays"
    with because("  "):
        assert refused(later, [campaign.pk]) == "campaign_end_has_reason"
    with because("The sponsor paid for a day more."):
        assert refused(later, [campaign.pk]) == ""
        past = sql.format("ends_at = now() - interval '1 minute'")
        assert refused(past, [campaign.pk]) == "campaign_end_is_ahead"
    over = CampaignFactory(state=state, ends_at=timezone.now() - DAY / 24)
    with because("It goes on."):
        assert refused(later, [over.pk]) == "campaign_end_is_ahead"


def test_the_end_of_an_approved_draft_stays_until_it_is_approved_anew():
    draft = CampaignFactory(state="scheduled")
    raw("UPDATE campaigns_campaign SET state = 'draft' WHERE id = %s", [draft.pk])
    sql = "UPDATE campaigns_campaign SET ends_at = ends_at + interval '1 day'{}"
    with because("A day more."):
        assert refused(sql.format("")) == "campaign_approved_stays"
    assert refused(sql.format(", approved_at = NULL, approved_by_id = NULL")) == ""


@pytest.mark.parametrize(
    "change",
    [
        "ends_at = ends_at + interval '1 day'",
        "starts_at = starts_at - interval '1 day'",
        "name = 'another'",
        "target_url = 'https://evil.example/'",
        "picture_width = picture_width + 1",
    ],
)
def test_nothing_changes_of_a_campaign_that_has_ended(change):
    campaign = CampaignFactory(state="ended")
    sql = f"UPDATE campaigns_campaign SET {change} WHERE id = %s"
    with because("It has a reason."):
        assert refused(sql, [campaign.pk]) == "campaign_ended_stays"
    drop_guard("campaign_ended_stays")
    assert refused(sql, [campaign.pk]) == ""


# --- what counts


SHOW = (
    "INSERT INTO campaigns_impression (id, campaign_id, visitor, shown_on)"
    " VALUES (gen_random_uuid(), %s, 'v', '2026-05-14')"
)


@pytest.mark.parametrize(
    ("state", "window"),
    [
        ("draft", {}),
        ("paused", {}),
        ("ended", {}),
        ("running", {"ends_at": timezone.now() - DAY / 2}),
        ("scheduled", {"starts_at": timezone.now() + DAY / 2}),
    ],
)
def test_no_showing_is_stored_of_a_campaign_that_is_not_on_show(state, window):
    campaign = CampaignFactory(state=state, **window)
    assert refused(SHOW, [campaign.pk]) == "campaign_counts_on_show"


@pytest.mark.parametrize(
    "ending", ["state = 'ended', ended_at = now()", "state = 'paused'"]
)
def test_no_click_and_no_repeat_is_stored_when_the_campaign_is_not_on_show(ending):
    running = CampaignFactory(state="running")
    for number in (1, 2):
        raw(SHOW.replace("'v'", f"'{number}'"), [running.pk])
    click = (
        "INSERT INTO campaigns_click (impression_id)"
        " SELECT id FROM campaigns_impression"
    )
    raw(f"{click} WHERE visitor = '1'")
    raw(f"UPDATE campaigns_campaign SET {ending}")
    for sql in (
        f"{click} WHERE visitor = '2'",
        "UPDATE campaigns_impression SET repeats = repeats + 1",
        "UPDATE campaigns_click SET repeats = repeats + 1",
    ):
        assert refused(sql) == "campaign_counts_on_show", sql


def not_in_gallery():
    yield SubmissionFactory(state=S.PENDING)
    yield SubmissionFactory(state=S.REJECTED)
    yield SubmissionFactory(state=S.WITHDRAWN)
    entry = SubmissionFactory(state=S.APPROVED)
    by = organizer_of(entry)
    competing.cancel(entry.competition, reason="No room.", by=by)
    yield entry


def test_no_view_and_no_like_is_stored_of_an_entry_that_is_not_in_the_gallery():
    person = UserFactory()
    view = (
        "INSERT INTO interactions_view (submission_id, visitor, viewed_on)"
        " VALUES (%s, 'v', '2026-05-14')"
    )
    like = "INSERT INTO interactions_like (submission_id, user_id) VALUES (%s, %s)"
    for entry in not_in_gallery():
        assert refused(view, [entry.pk]) == "entry_in_gallery", entry.state
        assert refused(like, [entry.pk, person.pk]) == "entry_in_gallery", entry.state


def test_a_view_is_not_repeated_when_its_entry_has_left_the_gallery():
    entry = SubmissionFactory(state=S.APPROVED)
    raw(
        "INSERT INTO interactions_view (submission_id, visitor, viewed_on)"
        " VALUES (%s, 'v', '2026-05-14')",
        [entry.pk],
    )
    repeat = "UPDATE interactions_view SET repeats = repeats + 1"
    assert refused(repeat) == ""
    receiving.withdraw(entry, by=entry.participant)
    assert refused(repeat) == "entry_in_gallery"
