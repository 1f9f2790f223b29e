"""A person decides on nothing of the own: by the pages, by the workflow, by SQL."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from campaigns import workflow as campaigning
from campaigns.models import Campaign
from competitions.states import CompetitionState
from interactions import workflow as reacting
from interactions.models import Like
from mycenas.accounts.models import Membership, Role, User
from mycenas.core.audit.actor import acting
from mycenas.core.db import database
from mycenas.core.http.errors import NotAllowed
from submissions.models import Award
from submissions.review import workflow as review
from submissions.states import SubmissionState as S
from tests.database.tools import raw, refused
from tests.factories import (
    CampaignFactory,
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    disqualify,
    organizer_of,
    staff,
    walk_competition,
)

pytestmark = pytest.mark.django_db

OWN_ENTRY = "submission_decided_by_another"
OWN_PRIZE = "award_given_by_another"
OWN_CAMPAIGN = "campaign_approved_by_another"


def own_entry(state: S):
    """An entry by a person who has a role in the same organization."""
    competition = CompetitionFactory(state="open")
    artist = staff(Role.MODERATOR, competition.organization)
    # Another organizer, who walks the entry into its state.
    staff(Role.ORGANIZER, competition.organization)
    entry = SubmissionFactory(competition=competition, participant=artist, state=state)
    Membership.objects.filter(user=artist).update(role=Role.ORGANIZER)
    return entry, artist


def tell(person: User | None) -> None:
    raw(
        "SELECT set_config('mycenas.actor', %s, true)",
        [str(person.pk) if person else ""],
    )


DECISIONS = {
    "approve": (S.PENDING, lambda e, by: review.approve(e, by=by)),
    "reject": (S.PENDING, lambda e, by: review.reject(e, reason="No.", by=by)),
    "disqualify": (S.APPROVED, lambda e, by: disqualify(e, by=by)),
    "reopen": (S.REJECTED, lambda e, by: review.reopen(e, reason="Yes.", by=by)),
}


@pytest.mark.parametrize("name", DECISIONS)
def test_nobody_decides_on_the_own_entry(name):
    """Whatever the role; an admin of everything included."""
    state, decide = DECISIONS[name]
    entry, artist = own_entry(state)
    for role, is_superuser in (
        (Role.ORGANIZER, False),
        (Role.MODERATOR, False),
        (Role.MODERATOR, True),
    ):
        Membership.objects.filter(user=artist).update(role=role)
        person = User.objects.get(pk=artist.pk)
        person.is_superuser = is_superuser
        person.save()
        with pytest.raises(NotAllowed, match="your own entry"):
            decide(entry, person)
        entry.refresh_from_db()
        assert entry.state == state
    decide(entry, organizer_of_another(entry, artist))


def organizer_of_another(entry, artist):
    return staff(Role.ORGANIZER, entry.competition.organization)


APPROVE = (
    "UPDATE submissions_submission SET state = 'approved', decided_at = now(),"
    " decided_by_id = %s WHERE id = %s"
)


def test_sql_by_hand_is_refused_by_the_column_and_by_the_actor():
    entry, artist = own_entry(S.PENDING)
    other = organizer_of_another(entry, artist)
    assert refused(APPROVE, [artist.pk, entry.pk]) == OWN_ENTRY
    tell(artist)
    assert refused(APPROVE, [other.pk, entry.pk]) == OWN_ENTRY
    tell(other)
    assert refused(APPROVE, [other.pk, entry.pk]) == ""


@pytest.mark.parametrize(
    ("state", "changes"),
    [
        (S.QUARANTINED, ["state = 'received'"]),
        (
            S.REJECTED,
            [
                "state = 'pending', decided_at = NULL, decided_by_id = NULL",
                "decision_reason = 'Better words.'",
            ],
        ),
        (S.APPROVED, ["state = 'disqualified', decision_reason = 'x'"]),
    ],
)
def test_sql_changes_no_decision_on_the_own_entry(state, changes):
    entry, artist = own_entry(state)
    tell(artist)
    for change in changes:
        sql = f"UPDATE submissions_submission SET {change} WHERE id = %s"
        assert refused(sql, [entry.pk]) == OWN_ENTRY, change


def test_an_artist_with_a_role_still_withdraws_the_own_entry():
    entry, artist = own_entry(S.APPROVED)
    tell(artist)
    sql = "UPDATE submissions_submission SET state = 'withdrawn', withdrawn_at = now()"
    assert refused(f"{sql} WHERE id = %s", [entry.pk]) == ""


def test_nobody_gives_or_takes_back_a_prize_of_the_own_entry():
    entry, artist = own_entry(S.APPROVED)
    competition = walk_competition(entry.competition, CompetitionState.CLOSED)
    prize = competition.prizes.get()
    with pytest.raises(NotAllowed, match="your own entry"):
        review.give_award(prize, entry, by=artist)
    with pytest.raises(IntegrityError, match="award_given"), transaction.atomic():
        Award.objects.create(
            competition=competition, prize=prize, submission=entry, awarded_by=artist
        )
    award = review.give_award(prize, entry, by=organizer_of_another(entry, artist))
    with pytest.raises(NotAllowed, match="your own entry"):
        review.take_award_back(award, reason="It is mine.", by=artist)
    tell(artist)
    for change in ("taken_back_at = now()", "citation = 'The best.'"):
        sql = f"UPDATE submissions_award SET {change} WHERE id = %s"
        assert refused(sql, [award.pk]) == OWN_PRIZE


def test_the_desk_offers_no_decision_on_the_own_entry_and_says_why(signed_in):
    entry, artist = own_entry(S.PENDING)
    client = signed_in(artist)
    name = "admin:submissions_submission"
    page = client.get(reverse(f"{name}_change", args=[entry.pk])).content.decode()
    assert "This is your own entry." in page
    address = reverse(f"{name}_do", args=[entry.pk, "approve"])
    assert address not in page
    answer = client.post(address, follow=True)
    assert "This is your own entry." in answer.content.decode()
    entry.refresh_from_db()
    assert entry.state == S.PENDING


# --- campaigns


def test_nobody_approves_the_own_campaign():
    campaign = CampaignFactory()
    maker = campaign.created_by
    role = {"organization": campaign.competition.organization, "role": Role.ORGANIZER}
    for person in (maker, campaign.sponsor):
        Membership.objects.create(user=person, **role)
        with pytest.raises(NotAllowed, match="You made this campaign or pay for it"):
            campaigning.approve(campaign, by=person)
    campaigning.approve(campaign, by=staff(Role.ORGANIZER, role["organization"]))


def test_sql_by_hand_does_not_approve_the_own_campaign():
    campaign = CampaignFactory()
    other = organizer_of(campaign)
    sql = (
        "UPDATE campaigns_campaign SET approved_at = now(), approved_by_id = %s"
        " WHERE id = %s"
    )
    for person in (campaign.created_by, campaign.sponsor):
        tell(None)
        assert refused(sql, [person.pk, campaign.pk]) == OWN_CAMPAIGN
        tell(person)
        assert refused(sql, [other.pk, campaign.pk]) == OWN_CAMPAIGN
    tell(other)
    assert refused(sql, [other.pk, campaign.pk]) == ""


def test_a_campaign_is_not_born_approved_by_its_maker():
    maker = UserFactory()
    with pytest.raises(IntegrityError, match=OWN_CAMPAIGN), transaction.atomic():
        CampaignFactory(created_by=maker, approved_by=maker, approved_at=database.now())


def test_the_signed_in_person_made_the_campaign_whatever_the_row_says():
    maker, other, competition = UserFactory(), UserFactory(), CompetitionFactory()
    with acting(lambda: (maker.pk, "test")):
        campaign = CampaignFactory(created_by=other, competition=competition)
    assert Campaign.objects.get(pk=campaign.pk).created_by == maker
    sql = "UPDATE campaigns_campaign SET created_by_id = %s WHERE id = %s"
    for value in (other.pk, None):
        assert refused(sql, [value, campaign.pk]) == "campaign_creator_stays"


def test_a_campaign_of_an_unknown_maker_is_refused():
    with pytest.raises(IntegrityError, match="campaign_has_creator"):
        CampaignFactory(created_by=None)


# Requests have transactions of their own, in each of which another person acts.
@pytest.mark.django_db(transaction=True)
def test_the_desk_keeps_who_made_a_campaign_and_says_who_may_approve_it(signed_in):
    maker = organizer_of(CompetitionFactory(state="open"))
    competition = CompetitionFactory(
        state="open", organization=maker.memberships.get().organization
    )
    sponsor = staff(Role.SPONSOR, competition.organization)
    client = signed_in(maker)
    make_on_the_desk(client, competition, sponsor)
    campaign = Campaign.objects.get()
    assert campaign.created_by == maker
    Campaign.objects.update(picture="x.webp", picture_width=1, picture_height=1)
    name = "admin:campaigns_campaign"
    page = client.get(reverse(f"{name}_change", args=[campaign.pk])).content.decode()
    assert "Ask another organizer to approve it." in page
    approve = reverse(f"{name}_do", args=[campaign.pk, "approve"])
    assert "Ask another" in client.post(approve, follow=True).content.decode()
    campaign.refresh_from_db()
    assert campaign.approved_at is None
    signed_in(staff(Role.ORGANIZER, competition.organization)).post(approve)
    campaign.refresh_from_db()
    assert campaign.approved_at is not None


def make_on_the_desk(client: Client, competition, sponsor) -> None:
    form = {
        "name": "Paper",
        "competition": competition.pk,
        "sponsor": sponsor.pk,
        "starts_at_0": "2026-05-01",
        "starts_at_1": "09:00:00",
        "ends_at_0": "2036-06-01",
        "ends_at_1": "09:00:00",
        "headline": "Paper that lasts",
        "target_url": "https://paper.example/",
        "alt_text": "A sheet of paper",
    }
    answer = client.post(reverse("admin:campaigns_campaign_add"), form)
    assert answer.status_code == 302


# --- likes


def test_an_artist_does_not_like_the_own_entry(signed_in):
    entry = SubmissionFactory(state=S.APPROVED)
    with pytest.raises(NotAllowed, match="your own entry"):
        reacting.like(entry, by=entry.participant)
    with pytest.raises(IntegrityError, match="like_of_another"), transaction.atomic():
        Like.objects.create(submission=entry, user=entry.participant)
    client = signed_in(entry.participant)
    page = client.get(entry.get_absolute_url()).content.decode()
    assert "This is your own entry." in page
    assert "like-button" not in page
    like = reverse("interactions:like", args=[entry.public_id])
    assert client.post(like).status_code == 403


def test_a_like_is_not_handed_over_to_the_artist():
    entry = SubmissionFactory(state=S.APPROVED)
    reacting.like(entry, by=UserFactory())
    sql = "UPDATE interactions_like SET user_id = %s"
    assert refused(sql, [entry.participant_id]) == "like_of_another"
    assert connection.in_atomic_block
