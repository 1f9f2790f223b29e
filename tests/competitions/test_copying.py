"""A competition copied in one step: what goes along, and where the dates move to."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from competitions import workflow
from competitions.copying import COPIED, Proposal, proposed
from competitions.models import Competition
from mycenas.accounts.models import Role
from mycenas.core.http.errors import NotAllowed
from mycenas.core.models import AuditEntry
from tests.factories import (
    CategoryFactory,
    CompetitionFactory,
    OrganizationFactory,
    PrizeFactory,
    UserFactory,
    contest,
    moderator_of,
    organizer_of,
)

pytestmark = pytest.mark.django_db

ATHENS = ZoneInfo("Europe/Athens")
LIST = reverse("admin:competitions_competition_changelist")


def do_page(competition, name="do", *more):
    names = {"do": ("copy",), "change": (), "overview": ()}[name]
    return reverse(
        f"admin:competitions_competition_{name}", args=[competition.pk, *names]
    )


def at(year, month, day, hour=0, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=ATHENS)


def last_year(**changes):
    dates = {"opens_at": at(2023, 3, 1, 9), "closes_at": at(2024, 2, 29, 23, 59)}
    names = {"title": "Light 2023/2024", "slug": "light-2024"}
    return CompetitionFactory(
        **{**names, **dates, "time_zone": "Europe/Athens", **changes}
    )


def typed(**changes):
    """What the browser would send."""
    fields = {
        "title": "Light again",
        "slug": "light-again",
        "opens_at_0": "2030-05-01",
        "opens_at_1": "09:00:00",
        "closes_at_0": "2030-06-01",
        "closes_at_1": "23:59:00",
    }
    return {**fields, **changes}


def test_a_copy_has_what_was_prepared_and_nothing_that_happened():
    old = contest(
        "winner_announced",
        max_entries=7,
        max_megabytes=11,
        summary="Pictures of light.",
        time_zone="Europe/Athens",
    )
    old.roles.create(user=UserFactory(), role=Role.MODERATOR)
    by = organizer_of(old)
    dates = {"opens_at": at(2030, 1, 1), "closes_at": at(2030, 2, 1)}
    made = workflow.copy(old, title="Light", slug="light", **dates, by=by)
    made.refresh_from_db()
    assert {name: getattr(made, name) for name in COPIED} == {
        name: getattr(old, name) for name in COPIED
    }
    assert (made.state, made.opened_at, made.cancelled_at) == ("draft", None, None)
    assert (made.opens_at, made.closes_at) == (at(2030, 1, 1), at(2030, 2, 1))
    assert [prize.name for prize in made.prizes.all()] == [
        prize.name for prize in old.prizes.all()
    ]
    assert not made.submissions.exists()
    assert not made.awards.exists()
    assert not made.roles.exists()


def test_each_field_of_a_competition_is_copied_or_asked_for():
    fields = Competition._meta.concrete_fields
    covered = {field.name for field in fields if field.name.startswith("cover")}
    kept = {field.name for field in fields if field.editable} - {"id"} | covered
    assert kept == {*COPIED, *Proposal._fields}


def test_parts_keep_their_order_and_the_number_of_statements_is_constant(
    django_assert_num_queries,
):
    small, large = CompetitionFactory(), CompetitionFactory()
    CategoryFactory(competition=small)
    for number in range(5):
        CategoryFactory(competition=large, name=f"Room {number}")
        PrizeFactory(competition=large, name=f"Prize {number}")
    for old, slug in ((small, "small"), (large, "large")):
        by = organizer_of(old)
        dates = {"opens_at": None, "closes_at": None}
        # The person's role; the transaction and its reason; the row as it is now; its
        # copy; their parts.
        with django_assert_num_queries(1 + 4 + 1 + 1 + 2 * 2):
            made = workflow.copy(old, title=slug, slug=slug, **dates, by=by)
    names = [one.name for one in made.categories.all()]
    assert names == [f"Room {number}" for number in range(5)]
    assert made.prizes.count() == 6


def test_a_copy_is_in_the_journal_with_the_person_who_made_it(signed_in):
    old = CompetitionFactory()
    by = organizer_of(old)
    CategoryFactory(competition=old)
    signed_in(by).post(do_page(old), typed())
    made = Competition.objects.get(slug="light-again")
    parts = (made.categories.get().pk, made.prizes.get().pk)
    for table, row in (
        ("competitions_competition", made.pk),
        ("competitions_category", parts[0]),
        ("competitions_prize", parts[1]),
    ):
        entry = AuditEntry.objects.get(table_name=table, row_id=row)
        assert (entry.operation, entry.actor) == ("INSERT", by.pk)
        assert entry.reason == f"copied from competition {old.pk}"


@pytest.mark.parametrize(
    ("now", "opens", "closes", "title"),
    [
        # The deadline of 2025 lies ahead.
        (at(2024, 9, 1), at(2024, 3, 1, 9), at(2025, 2, 28, 23, 59), "2024/2025"),
        # A year more: that deadline has passed.
        (at(2025, 3, 1), at(2025, 3, 1, 9), at(2026, 2, 28, 23, 59), "2025/2026"),
        (at(2028, 2, 1), at(2027, 3, 1, 9), at(2028, 2, 29, 23, 59), "2027/2028"),
        # At least one year, also while the old one goes on.
        (at(2023, 5, 1), at(2024, 3, 1, 9), at(2025, 2, 28, 23, 59), "2024/2025"),
    ],
)
def test_dates_move_by_whole_years_until_the_deadline_is_ahead(
    now, opens, closes, title
):
    found = proposed(last_year(), now)
    assert found.title == f"Light {title}"
    assert (found.opens_at, found.closes_at) == (opens, closes)


def test_the_time_of_day_stays_when_clocks_differ():
    old = last_year(opens_at=at(2023, 3, 26, 9), closes_at=at(2023, 4, 1, 12))
    found = proposed(old, datetime(2023, 6, 1, tzinfo=UTC))
    # Clocks went forward on this day of 2023, and later in 2024.
    assert found.opens_at == datetime(2024, 3, 26, 7, tzinfo=UTC)


def test_title_and_slug_are_new():
    old = last_year(title="Light", slug="light")
    now = datetime(2024, 3, 1, tzinfo=UTC)
    assert proposed(old, now)[:2] == ("Light (copy)", "light-2")
    CompetitionFactory(slug="light-2", title="Light (copy)")
    assert proposed(old, now)[:2] == ("Light (copy)", "light-3")
    CompetitionFactory(organization=old.organization, title="Light (copy)")
    assert proposed(old, now).title == "Light (copy) 2"
    CompetitionFactory(slug="light-2025")
    named = last_year(title="Light", slug="light-2024")
    assert proposed(named, now).slug == "light-2025-2"
    CompetitionFactory(slug="LIGHT-2025-2")
    assert proposed(named, now).slug == "light-2025-3"


@pytest.mark.parametrize("taken", [1, 12])
def test_a_long_name_has_room_for_its_number(taken):
    old = last_year(title="L" * 160, slug="s" * 80)
    for number in range(2, taken + 2):
        CompetitionFactory(slug=f"{'s' * 75}-{number}")
    found = proposed(old, datetime(2024, 3, 1, tzinfo=UTC))
    assert found.slug == f"{'s' * 75}-{taken + 2}"
    assert len(found.title) <= 160
    assert found.title != old.title


def test_dates_that_are_not_set_stay_so():
    old = last_year(opens_at=None, closes_at=None, title="Light")
    found = proposed(old, datetime(2024, 3, 1, tzinfo=UTC))
    assert (found.opens_at, found.closes_at) == (None, None)


def test_the_form_shows_the_proposal_in_the_zone_and_leads_to_the_copy(signed_in):
    old = last_year()
    client = signed_in(organizer_of(old))
    text = client.get(do_page(old)).text
    assert 'value="09:00:00"' in text
    assert 'value="23:59:00"' in text
    assert "Europe/Athens" in text
    answer = client.post(do_page(old), typed())
    made = Competition.objects.get(slug="light-again")
    assert answer["Location"] == do_page(made, "overview")
    assert made.closes_at == at(2030, 6, 1, 23, 59)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"slug": "taken"}, "choose another"),
        ({"slug": "no slug"}, "valid “slug”"),
        ({"title": ""}, "required"),
        ({"closes_at_0": "2030-04-01"}, "put the deadline after the opening"),
        ({"closes_at_0": "2300-04-01"}, "out of bounds"),
    ],
)
def test_a_refused_copy_makes_nothing_and_keeps_what_was_typed(
    signed_in, changes, sentence
):
    old = CompetitionFactory(slug="taken")
    client = signed_in(organizer_of(old))
    answer = client.post(do_page(old), typed(**changes))
    assert sentence in str(answer.context["form"].errors)
    assert "light-again" in answer.text or "slug" in changes
    assert Competition.objects.count() == 1


def test_organizers_of_the_organization_copy_and_others_do_not(signed_in):
    old = CompetitionFactory()
    single = UserFactory()
    old.roles.create(user=single, role=Role.ORGANIZER)
    foreign = organizer_of(CompetitionFactory(organization=OrganizationFactory()))
    with pytest.raises(NotAllowed):
        workflow.copy(
            old, title="A", slug="a", opens_at=None, closes_at=None, by=single
        )
    for person, status in ((moderator_of(old), 404), (foreign, 404), (single, 200)):
        answer = signed_in(person).post(do_page(old), typed())
        assert answer.status_code == status
    assert not Competition.objects.filter(slug="light-again").exists()


def test_the_button_is_in_the_list_and_on_the_pages_of_people_who_may_copy(signed_in):
    old = CompetitionFactory()
    pages = (LIST, do_page(old, "change"), do_page(old, "overview"))
    single = UserFactory()
    old.roles.create(user=single, role=Role.ORGANIZER)
    for page in pages:
        assert do_page(old) in signed_in(organizer_of(old)).get(page).text, page
        assert do_page(old) not in signed_in(single).get(page).text, page
