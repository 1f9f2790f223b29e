"""The page of a round in the admin leads to its result, and publishes it."""

from __future__ import annotations

import pytest

from submissions.judging.publishing.workflow import seal
from submissions.judging.states import RoundState
from tests.submissions.judging.publishing.rounds import close, scored, sealed
from tests.submissions.judging.publishing.test_pages import address
from tests.submissions.judging.test_admin import change, do, organizer

pytestmark = pytest.mark.django_db

BUTTON = "Publish this result"


def test_the_page_of_a_round_leads_to_its_sealed_result():
    jury = scored()
    client = organizer(jury.competition)
    for _ in range(2):
        shown = client.get(change(jury.round)).text
        assert address(jury) not in shown
        if jury.round.state == RoundState.OPEN:
            close(jury)
    seal(jury.round)
    link = f'<a href="{address(jury)}">Ranking and scores</a>'
    assert link in client.get(change(jury.round)).text
    do(client, jury.round, "publish")
    assert link in client.get(change(jury.round)).text


def test_an_organizer_publishes_on_the_page_of_the_round(client):
    jury, _ = sealed()
    by = organizer(jury.competition)
    assert BUTTON in by.get(change(jury.round)).text
    do(by, jury.round, "publish")
    assert jury.round.state == RoundState.PUBLISHED
    assert client.get(address(jury)).status_code == 200
    assert BUTTON not in by.get(change(jury.round)).text


def test_a_round_that_is_not_counted_says_so_and_is_not_published():
    jury = close(scored())
    by = organizer(jury.competition)
    assert "is not counted yet" in by.get(change(jury.round)).text
    do(by, jury.round, "publish")
    assert jury.round.state == RoundState.CLOSED


def test_an_open_round_has_no_button_to_publish():
    jury = scored()
    assert BUTTON not in organizer(jury.competition).get(change(jury.round)).text
