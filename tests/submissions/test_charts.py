"""The charts of a competition count its entries by the competition's clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from competitions.models import Competition
from competitions.states import CompetitionState as C
from mycenas.core import counts
from submissions import charts
from submissions.charts import MOST_BUCKETS, Buckets
from submissions.states import SubmissionState as S
from tests.factories import (
    CategoryFactory,
    CompetitionFactory,
    SubmissionFactory,
    organizer_of,
    walk_competition,
)


@pytest.fixture
def drawn(signed_in):
    def answer(competition):
        client = signed_in(organizer_of(competition))
        address = reverse(
            "admin:competitions_competition_overview", args=[competition.pk]
        )
        panel, _exports = client.get(address).context["panels"]
        return panel

    return answer


def cells(chart):
    return [tuple(cell) for cell in chart.cells if cell.value]


@pytest.mark.django_db
def test_entries_are_counted_by_category_and_state(drawn):
    competition = CompetitionFactory()
    rooms = CategoryFactory(competition=competition, name="Rooms")
    CategoryFactory(competition=competition, name="Empty")
    sea = CategoryFactory(competition=competition, name="Sea")
    competition.refresh_from_db()
    walk_competition(competition, C.OPEN)
    for category, state in (
        (rooms, S.PENDING),
        (rooms, S.PENDING),
        (rooms, S.APPROVED),
        (sea, S.WITHDRAWN),
    ):
        SubmissionFactory(competition=competition, category=category, state=state)
    SubmissionFactory(state=S.PENDING)
    arrivals, kinds = drawn(competition).charts
    assert cells(kinds) == [
        ("Rooms", "in review", 2),
        ("Rooms", "accepted", 1),
        ("Sea", "withdrawn", 1),
    ]
    assert "Empty" in kinds.labels
    assert arrivals.total == 4


@pytest.mark.django_db
def test_arrivals_of_a_short_competition_are_counted_by_hour(drawn):
    competition = CompetitionFactory(state=C.OPEN, time_zone="Asia/Kathmandu")
    SubmissionFactory(competition=competition)
    before = timezone.now().astimezone(competition.zone)
    arrivals, _kinds = drawn(competition).charts
    after = timezone.now().astimezone(competition.zone)
    assert "by hour (Asia/Kathmandu)" in str(arrivals.title)
    (cell,) = cells(arrivals)
    assert cell[0] in {f"{at.day} {at:%b, %H}:00" for at in (before, after)}
    assert cell[2] == 1
    assert arrivals.labels[-1] == cell[0]


def days(number):
    opens = datetime(2030, 3, 20, 9, 30, tzinfo=UTC)
    return Competition(
        opens_at=opens,
        closes_at=opens + timedelta(days=number),
        time_zone="America/New_York",
    )


@pytest.mark.parametrize("number", [0, 1, 3, 4, 30, 90, 200, 2000, 60_000])
def test_there_are_never_many_buckets(number):
    competition = days(number)
    buckets = Buckets(competition, competition.closes_at)
    starts = buckets.starts
    assert 1 <= len(starts) <= MOST_BUCKETS
    local = competition.opens_at.astimezone(competition.zone).replace(tzinfo=None)
    end = competition.closes_at.astimezone(competition.zone).replace(tzinfo=None)
    assert starts[0] <= local < starts[0] + buckets.step
    assert starts[-1] <= end < starts[-1] + buckets.step
    labels = buckets.chart({}).labels
    assert len(set(labels)) == len(labels)


@pytest.mark.django_db
def test_a_draft_has_no_charts_and_an_empty_competition_says_so(signed_in, drawn):
    draft = CompetitionFactory()
    address = reverse("admin:competitions_competition_overview", args=[draft.pk])
    (exports,) = signed_in(organizer_of(draft)).get(address).context["panels"]
    assert exports.charts == ()
    assert [
        chart.total for chart in drawn(CompetitionFactory(state=C.OPEN)).charts
    ] == [
        0,
        0,
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("many", "then"), [(2, 3), (3, 4)])
def test_many_entries_are_counted_once_a_minute(drawn, monkeypatch, many, then):
    monkeypatch.setattr(counts, "MANY", many)
    competition = CompetitionFactory(state=C.OPEN)
    SubmissionFactory.create_batch(3, competition=competition, state=S.PENDING)
    note = str(drawn(competition).note)
    assert note.startswith("Counted at ") is (many < 3)
    SubmissionFactory(competition=competition, state=S.PENDING)
    arrivals, kinds = drawn(competition).charts
    assert arrivals.total == kinds.total == then
    assert (str(drawn(competition).note) == note) is (many < 3)


@pytest.mark.django_db
def test_moved_dates_are_counted_anew(drawn, monkeypatch):
    monkeypatch.setattr(counts, "MANY", 0)
    competition = CompetitionFactory(state=C.OPEN)
    SubmissionFactory(competition=competition, state=S.PENDING)
    before = drawn(competition).charts[0].labels
    Competition.objects.filter(pk=competition.pk).update(time_zone="Asia/Tokyo")
    assert drawn(competition).charts[0].labels != before


@pytest.mark.django_db
def test_many_categories_share_the_last_bar(drawn, monkeypatch):
    monkeypatch.setattr(charts, "MOST_BARS", 1)
    competition = CompetitionFactory()
    first, *_rest = [CategoryFactory(competition=competition) for _ in range(3)]
    walk_competition(competition, C.OPEN)
    SubmissionFactory(competition=competition, category=first)
    _arrivals, kinds = drawn(competition).charts
    assert kinds.labels == (first.name, "2 other categories")
