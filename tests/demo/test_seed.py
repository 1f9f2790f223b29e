"""A seeding that was interrupted is completed by the next one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from campaigns.models import Campaign
from competitions import workflow as competitions
from competitions.models import Competition
from mycenas.accounts.models import Role, User
from mycenas.core.db import database
from mycenas.demo import contents, seed
from mycenas.demo.rounds import seed_published_round, seed_round
from submissions.judging.access import queue_of, seats_of
from submissions.judging.publishing.standings import standings_of
from tests.factories import contest

pytestmark = pytest.mark.django_db
CONTEST = contents.CONTESTS[0]


@pytest.fixture
def people() -> dict[str, User]:
    return seed.seed_people("lion-gate-at-noon")


def quiet(_text: str) -> None:
    """Say nothing."""


def test_a_draft_without_its_parts_gets_them(people: dict[str, User]) -> None:
    organization = seed.seed_organization(people)
    now = database.now()
    left_over = Competition.objects.create(
        organization=organization,
        slug=CONTEST.slug,
        title=CONTEST.title,
        brief=CONTEST.brief,
        rules=contents.RULES,
        opens_at=now - timedelta(days=1),
        closes_at=now + timedelta(days=1),
    )
    seed.seed_parts(left_over, CONTEST)
    left_over.prizes.latest("position").delete()
    left_over.categories.latest("position").delete()
    competition = seed.seed_competition(CONTEST, organization, people)
    assert (competition.pk, competition.state) == (left_over.pk, "open")
    assert competition.categories.count() == len(CONTEST.categories)
    assert competition.prizes.count() == len(CONTEST.prizes)


def test_a_campaign_without_its_picture_is_completed(people: dict[str, User]) -> None:
    organization = seed.seed_organization(people)
    competition = seed.seed_competition(CONTEST, organization, people)
    left_over = Campaign.objects.create(
        competition=competition,
        sponsor=people["sponsor@example.org"],
        created_by=people["organizer@example.org"],
        starts_at=database.now() - timedelta(minutes=1),
        ends_at=database.now() + timedelta(days=1),
        **contents.CAMPAIGN,
    )
    seed.seed_campaign(people, quiet)
    left_over.refresh_from_db()
    assert left_over.state == "scheduled"
    assert left_over.picture
    seed.seed_campaign(people, quiet)
    assert Campaign.objects.count() == 1


def test_a_site_that_does_not_answer_is_said(
    monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "lion-gate-at-noon")
    address = f"http://127.0.0.1:{free_port}"
    with pytest.raises(CommandError, match="The demonstration is not complete"):
        call_command("demo", base_url=address)
    assert not seed.is_seeded()


def test_the_juror_has_work_in_an_open_round(people: dict[str, User]) -> None:
    competition = contest("closed", entries=2)
    for email, role in (("organizer", Role.ORGANIZER), ("juror", Role.JUROR)):
        person = people[f"{email}@example.org"]
        competition.roles.create(user=person, role=role)
    for _ in range(2):
        seed_round(competition, people)
    seat = seats_of(people["juror@example.org"]).get()
    assert (seat.round.state, queue_of(seat).waiting().count()) == ("open", 2)
    assert seat.accepted_at is not None


def test_the_competition_that_announces_has_a_published_round(
    people: dict[str, User],
) -> None:
    last = contents.CONTESTS[-1]
    competition = contest("closed", entries=len(last.works.split()))
    for position in (2, 3):
        competition.prizes.create(name=f"Prize {position}", position=position)
    for email, role in (("organizer", Role.ORGANIZER), ("juror", Role.JUROR)):
        competition.roles.create(user=people[f"{email}@example.org"], role=role)
    carol = people["organizer@example.org"]
    for _ in range(2):
        seed_published_round(competition, people)
        seed.give_prizes(competition, carol)
    competitions.announce_winners(competition, by=carol)
    (standing,) = standings_of(competition)
    arrived = list(competition.submissions.order_by("pk"))
    ranked = [arrived[number] for number in (0, 2, 1, 4, 3)]
    assert [place.entry for place in standing.places] == ranked
    assert "2 jurors, 10 scores" in standing.in_words
    given = competition.awards.order_by("prize__position")
    assert [one.submission for one in given] == ranked[: len(last.prizes)]
