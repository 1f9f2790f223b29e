"""The certificate of an entry that won, for everybody who has its address."""

from __future__ import annotations

import pytest
from django.urls import reverse

from competitions.states import CompetitionState as C
from tests.factories import (
    AwardFactory,
    UserFactory,
    contest,
    walk_competition,
)

pytestmark = pytest.mark.django_db


def sheet(entry):
    return reverse("submissions:certificate", args=[entry.public_id])


@pytest.fixture
def decided():
    """A closed competition with a winner and an entry without a prize."""
    competition = contest(C.CLOSED, entries=2)
    winner, other = competition.submissions.order_by("pk")
    AwardFactory(submission=winner)
    return competition, winner, other


def test_a_certificate_names_artist_work_prize_and_its_own_address(decided, client):
    competition, winner, _other = decided
    walk_competition(competition, C.WINNER_ANNOUNCED)
    page = client.get(f"{sheet(winner)}?utm_source=mail")
    award = winner.awards.get()
    for said in (
        str(winner.participant), winner.title, competition.title, str(award.prize),
        award.citation, str(competition.organization), winner.sha256,
        f"http://testserver{sheet(winner)}<",
    ):  # fmt: skip
        assert said in page.text


def test_there_is_none_before_the_announcement_nor_without_a_prize(decided, client):
    competition, winner, other = decided
    assert client.get(sheet(winner)).status_code == 404
    walk_competition(competition, C.WINNER_ANNOUNCED)
    assert client.get(sheet(winner)).status_code == 200
    assert client.get(sheet(other)).status_code == 404


def test_the_receipt_leads_the_winner_to_it(decided, signed_in):
    competition, winner, other = decided
    assert (
        sheet(winner) not in signed_in(winner.participant).get(winner.receipt_url).text
    )
    walk_competition(competition, C.WINNER_ANNOUNCED)
    for entry, person, leads in (
        (winner, winner.participant, True),
        (winner, UserFactory(), False),
        (other, other.participant, False),
    ):
        text = signed_in(person).get(entry.receipt_url).text
        assert (sheet(entry) in text) is leads
