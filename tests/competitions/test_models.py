"""What a competition is at a moment, to the microsecond."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from competitions.models import Category, Competition, Prize
from competitions.states import CompetitionState, Phase
from competitions.zones import places, zone_of
from tests.factories import DAY, CompetitionFactory, timezone

NOW = timezone.now()
TICK = timedelta(microseconds=1)


def a_competition(**fields) -> Competition:
    dates = {"opens_at": NOW - DAY, "closes_at": NOW + DAY, "state": "open"}
    return Competition(**{**dates, **fields})


@pytest.mark.parametrize(
    ("moment", "takes"),
    [
        (NOW - DAY - TICK, False),
        (NOW - DAY, True),
        (NOW, True),
        (NOW + DAY, True),
        (NOW + DAY + TICK, False),
    ],
)
def test_the_deadline_itself_is_in_time(moment, takes):
    assert a_competition().takes_entries(moment) is takes


@given(
    state=st.sampled_from(CompetitionState),
    offset=st.integers(-3 * 86400, 3 * 86400),
    cancelled=st.booleans(),
)
def test_entries_are_taken_only_while_visitors_are_told_so(state, offset, cancelled):
    competition = a_competition(state=state, cancelled_at=NOW if cancelled else None)
    moment = NOW + timedelta(seconds=offset)
    is_open = competition.phase(moment) == Phase.OPEN
    assert competition.takes_entries(moment) == is_open
    if is_open:
        assert state == CompetitionState.OPEN
        assert not cancelled


@pytest.mark.parametrize(
    ("fields", "phase"),
    [
        ({"opens_at": NOW + DAY / 2}, Phase.COMING),
        ({}, Phase.OPEN),
        ({"closes_at": NOW - DAY / 2}, Phase.JUDGING),
        ({"state": "moderation"}, Phase.JUDGING),
        ({"state": "closed"}, Phase.JUDGING),
        ({"state": "winner_announced"}, Phase.DECIDED),
        ({"state": "open", "opens_at": None}, Phase.JUDGING),
    ],
)
def test_the_phase_follows_the_deadline_and_not_the_job_after_it(fields, phase):
    assert a_competition(**fields).phase(NOW) == phase


@pytest.mark.parametrize(
    "name",
    ["Mars/Olympus", "Factory", "localtime", "posixrules", "posix/UTC", "EST",
     "Etc/GMT+5", "US/Eastern", "europe/athens", "", "../UTC"],
)  # fmt: skip
def test_a_time_zone_is_that_of_a_place(name):
    with pytest.raises(ValidationError, match=f"“{re.escape(name)}” is not the time"):
        a_competition(time_zone=name).clean()


def test_places_are_zones():
    for name in ("Europe/Athens", "America/Argentina/Ushuaia", "UTC"):
        a_competition(time_zone=name).clean()
    assert {str(zone_of(name)) for name in places()} == places()
    assert str(zone_of("Mars/Olympus")) == "UTC"


@pytest.mark.django_db
def test_an_old_name_may_stay():
    competition = CompetitionFactory(time_zone="US/Eastern")
    competition.clean()
    assert str(competition.zone) == "US/Eastern"


def test_rows_name_themselves():
    assert str(Competition(title="Light")) == "Light"
    assert str(Category(name="Dusk")) == "Dusk"
    assert str(Prize(name="First")) == "First"
    assert a_competition(time_zone="Europe/Athens").zone.key == "Europe/Athens"
    assert a_competition(max_megabytes=2).max_bytes == 2 * 1024 * 1024


@pytest.mark.django_db
def test_what_is_published_and_what_is_due():
    draft = CompetitionFactory()
    late = CompetitionFactory(state="open", closes_at=NOW - DAY / 2)
    fresh = CompetitionFactory(state="open")
    assert set(Competition.objects.published()) == {late, fresh}
    assert list(Competition.objects.due()) == [late]
    assert draft.get_absolute_url() == f"/competitions/{draft.slug}/"
