"""The overview of a competition, and the checklist before it opens."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from competitions.blind.workflow import unblind
from competitions.checklist import before_opening
from competitions.models import Competition
from competitions.states import CompetitionState as C
from competitions.workflow import cancel, close_entries_early, missing
from mycenas.accounts.models import Role
from submissions.states import SubmissionState as S
from tests.factories import (
    CategoryFactory,
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    moderator_of,
    organizer_of,
    staff,
    walk_competition,
)

pytestmark = pytest.mark.django_db

LIST = reverse("admin:competitions_competition_changelist")


def overview(key):
    return reverse("admin:competitions_competition_overview", args=[key])


@pytest.fixture
def page(signed_in):
    def answer(competition):
        found = signed_in(organizer_of(competition)).get(overview(competition.pk))
        assert found.status_code == 200
        return found

    return answer


def complete(**changes):
    """A draft that the checklist has nothing against."""
    fields = {
        "time_zone": "Europe/Athens",
        "summary": "Light.",
        "opens_at": datetime(2090, 1, 1, 8, 30, tzinfo=UTC),
        "closes_at": datetime(2090, 2, 1, 20, 30, tzinfo=UTC),
    }
    competition = CompetitionFactory(**{**fields, **changes})
    CategoryFactory(competition=competition)
    moderator_of(competition)
    organizer_of(competition)
    return competition


def sentences(answer, *, blocks):
    points = answer.context["points"]
    return [str(point.sentence) for point in points if point.blocks is blocks]


def test_the_overview_gives_the_reasons_of_its_dates(page):
    competition = CompetitionFactory(state=C.MODERATION)
    text = page(competition).text
    assert "Why entries stopped early" in text
    assert competition.deadline_reason in text
    cancel(competition, reason="Rain.", by=organizer_of(competition))
    text = page(competition).text
    assert "Cancelled" in text
    assert "Rain." in text


def test_a_complete_draft_has_nothing_to_look_at(page):
    answer = page(complete())
    assert answer.context["points"] == []
    assert str(answer.context["step"].label) == "Open it for entries"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"closes_at": datetime(2090, 2, 1, 22, tzinfo=UTC)}, "23:59 of 2090-02-01"),
        ({"time_zone": "UTC"}, "The dates are in UTC."),
        ({"summary": " "}, "no summary"),
        ({"opens_at": datetime(2020, 1, 1, tzinfo=UTC)}, "as soon as it opens"),
        ({"closes_at": datetime(2090, 1, 1, 10, tzinfo=UTC)}, "for 1 hour 30 minutes"),
        (
            {
                "declared_upload_window": timedelta(minutes=5),
                "upload_window": timedelta(minutes=20),
            },
            "declared file has 5 minutes, less than the 20 minutes",
        ),
        (
            {
                "max_megabytes": 2048,
                "declared_upload_window": timedelta(minutes=15),
            },
            "takes 2 hours 23 minutes, and the upload window is 15 minutes",
        ),
    ],
)
def test_the_checklist_warns_before_opening(page, fields, words):
    (sentence,) = sentences(page(complete(**fields)), blocks=False)
    assert words in sentence


def test_a_draft_without_categories_is_warned_about(page):
    competition = complete()
    competition.categories.all().delete()
    (sentence,) = sentences(page(competition), blocks=False)
    assert "no categories" in sentence


def test_what_is_missing_blocks_the_opening(page):
    competition = complete(rules="", opens_at=None, closes_at=None)
    competition.prizes.all().delete()
    assert sentences(page(competition), blocks=True) == [
        "It needs rules.",
        "It needs the date entries open.",
        "It needs a deadline.",
        "It needs at least one prize.",
    ]


def test_a_deadline_that_has_passed_blocks_the_opening(page):
    now = timezone.now()
    competition = complete(
        opens_at=now - timedelta(days=3), closes_at=now - timedelta(days=1)
    )
    blocking = sentences(page(competition), blocks=True)
    assert blocking == ["The deadline has passed already; set another."]


def test_it_shows_the_deadline_in_its_zone_with_seconds(page):
    competition = complete(closes_at=datetime(2090, 6, 1, 20, 59, 7, tzinfo=UTC))
    text = page(competition).content.decode()
    assert "Thursday, 1 June 2090, 23:59:07 (Athens, EEST)" in text


def test_it_says_how_far_ahead_the_next_date_is(page):
    answer = page(complete(declared_upload_window=timedelta(minutes=15)))
    facts = {str(fact.label): fact for fact in answer.context["facts"]}
    assert str(facts["Entries open"].detail).startswith("Opens in")
    assert facts["Deadline"].detail == ""
    assert facts["Largest file"].detail == "within 15 minutes"


def test_it_shows_the_next_step_of_each_state(page):
    steps = {}
    for state in C:
        competition = CompetitionFactory(state=C.OPEN)
        SubmissionFactory(competition=competition, state=S.APPROVED)
        if state == C.DRAFT:
            competition = CompetitionFactory()
        step = page(walk_competition(competition, state)).context["step"]
        steps[state] = (
            (str(step.label), step.address.split("/")[-2:-1]) if step else None
        )
    assert steps == {
        C.DRAFT: ("Open it for entries", ["open"]),
        C.OPEN: ("Moderation begins by itself at the deadline", []),
        C.MODERATION: ("Close it, and freeze the entries", ["close"]),
        C.CLOSED: ("Announce the winners", ["announce"]),
        C.WINNER_ANNOUNCED: None,
    }


def test_list_and_form_link_to_it(signed_in):
    competition = CompetitionFactory()
    client = signed_in(organizer_of(competition))
    link = f'href="{overview(competition.pk)}"'
    change = reverse("admin:competitions_competition_change", args=[competition.pk])
    assert link in client.get(LIST).content.decode()
    assert link in client.get(change).content.decode()


def test_those_who_may_not_see_the_competition_get_404(signed_in):
    mine, other = CompetitionFactory(), CompetitionFactory()
    assert signed_in(organizer_of(mine)).get(overview(other.pk)).status_code == 404
    assert signed_in(moderator_of(mine)).get(overview(other.pk)).status_code == 404
    for role in (Role.JUROR, Role.SPONSOR):
        person = staff(role, mine.organization)
        assert signed_in(person).get(overview(mine.pk)).status_code == 404


def own_pages(page):
    """Links to pages of competitions, but for their overviews."""
    links = re.findall(r'href="(/admin/competitions/competition/[^"]*)"', page.text)
    return [link for link in links if not link.endswith("/overview/")]


@pytest.mark.parametrize("state", [C.DRAFT, C.OPEN, C.MODERATION, C.CLOSED])
def test_moderators_read_it_and_run_nothing(signed_in, state):
    competition = contest(state) if state != C.DRAFT else CompetitionFactory(rules="")
    moderator = signed_in(moderator_of(competition))
    organizer = signed_in(organizer_of(competition))
    page, run = (one.get(overview(competition.pk)) for one in (moderator, organizer))
    assert own_pages(page) == []
    assert own_pages(run) != []
    # The details of dates count seconds.
    said = [[(one.label, one.value) for one in p.context["facts"]] for p in (page, run)]
    assert said[0] == said[1]
    assert str(page.context["step"].label) == str(run.context["step"].label)
    titles = [[str(one.title) for one in p.context["panels"]] for p in (page, run)]
    assert titles[0] == titles[1]
    assert page.text.count("<svg") == run.text.count("<svg")
    first = moderator.get(reverse("admin:index"))
    assert f'href="{overview(competition.pk)}"' in first.text
    assert own_pages(first) == []


def test_moderators_read_what_waits_for_them(signed_in):
    competition = CompetitionFactory(state=C.OPEN)
    SubmissionFactory(competition=competition, state="pending")
    organizer = organizer_of(competition)
    close_entries_early(competition, reason="Full.", by=organizer)
    client = signed_in(moderator_of(competition))
    (point,) = client.get(overview(competition.pk)).context["points"]
    assert str(point.sentence) == "1 entry waits for a decision."
    assert client.get(point.address).status_code == 200


def test_a_person_runs_one_competition_and_reads_another(signed_in):
    run, read = CompetitionFactory(), CompetitionFactory(rules="")
    person = UserFactory()
    run.roles.create(user=person, role=Role.ORGANIZER)
    read.roles.create(user=person, role=Role.MODERATOR)
    (lines,) = signed_in(person).get(reverse("admin:index")).context["overviews"]
    steps = {line.obj: line.step.address for line in lines.lines}
    assert (steps[read], bool(steps[run])) == ("", True)
    needs = {
        line.obj: [p.address for p in line.points if p.blocks] for line in lines.lines
    }
    assert needs[read] == []


def test_moderators_do_not_read_who_saw_the_artists(signed_in):
    competition = CompetitionFactory(state=C.OPEN, blind=True)
    organizer = organizer_of(competition)
    unblind(competition, reason="A complaint.", by=organizer)
    for person, is_shown in ((organizer, True), (moderator_of(competition), False)):
        text = signed_in(person).get(overview(competition.pk)).text
        assert ("A complaint." in text) is is_shown
        assert "Moderators, jurors and visitors see no names" in text


@pytest.mark.parametrize("key", ["0", "x", "9" * 40, "_00", "1/2", "%", "é", "-1"])
def test_a_key_of_nothing_is_404(signed_in, key):
    client = signed_in(organizer_of(CompetitionFactory()))
    assert client.get(overview(key)).status_code == 404


def test_a_cancelled_competition_has_no_next_step(page):
    competition = CompetitionFactory(state=C.OPEN)
    Competition.objects.filter(pk=competition.pk).update(
        cancelled_at=timezone.now(), cancel_reason="Ill."
    )
    answer = page(competition)
    assert answer.context["step"] is None
    assert answer.context["points"] == []


def test_a_draft_without_moderator_or_second_person_is_looked_at(page):
    competition = complete()
    roles = competition.organization.memberships
    assert sentences(page(competition), blocks=False) == []
    roles.filter(role="moderator").update(role="juror")
    first, second = sentences(page(competition), blocks=False)
    assert first.startswith("It has no moderator")
    assert second.startswith("Only one person may decide")
    # A role in the competition alone counts as well.
    person = UserFactory()
    competition.roles.create(user=person, role="moderator")
    assert sentences(page(competition), blocks=False) == []
    person.is_active = False
    person.save()
    assert len(sentences(page(competition), blocks=False)) == 2


def test_incomplete_drafts_are_counted_and_listed(signed_in):
    """Those of which the checklist misses something, whatever it is; once each."""
    whole = complete()
    organizer = organizer_of(whole)
    here = {"organization": whole.organization}
    lacking = [
        complete(**here, **without)
        for without in (
            {"brief": " \n"},
            {"rules": ""},
            {"opens_at": None},
            {"closes_at": None},
            {"brief": "", "rules": "", "opens_at": None},
        )
    ]
    without_prize = complete(**here)
    without_prize.prizes.all().delete()
    for one in (whole, lacking[-1]):
        one.prizes.create(name="The second prize")
    lacking.append(without_prize)
    opened = CompetitionFactory(state=C.OPEN, **here)
    Competition.objects.filter(pk=opened.pk).update(brief="")
    cancel(complete(**here, rules=""), reason="Rain.", by=organizer)
    assert missing(whole) == []
    assert all(map(missing, lacking))
    client = signed_in(organizer)
    found = {
        str(one.label): one
        for one in client.get(reverse("admin:index")).context["work"]
    }
    assert str(found["competitions in draft"].value) == "7"
    card = found["incomplete drafts"]
    assert (str(card.value), card.waits) == ("6", True)
    listed = client.get(card.address).context["cl"].result_list
    assert sorted(one.pk for one in listed) == sorted(one.pk for one in lacking)


@pytest.mark.parametrize("count", [1, 3])
def test_the_checklist_costs_the_same_for_more_drafts(count, django_assert_num_queries):
    for _ in range(count):
        complete()
    drafts = list(Competition.objects.prefetch_related("categories", "prizes"))
    with django_assert_num_queries(2):
        assert len(before_opening(drafts, timezone.now())) == count
