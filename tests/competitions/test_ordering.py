"""The order of categories and prizes: typed as numbers, and shown everywhere."""

from __future__ import annotations

import pytest
from django.urls import reverse

from competitions.models import Competition
from tests.factories import (
    CategoryFactory,
    CompetitionFactory,
    PrizeFactory,
    organizer_of,
)
from tests.form_data import filled, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def competition():
    made = CompetitionFactory(state="open")
    for name in "ABC":
        CategoryFactory(competition=made, name=f"Room {name}", slug=f"room-{name}")
    return made


@pytest.fixture
def save(competition, signed_in):
    client = signed_in(organizer_of(competition))
    page = reverse("admin:competitions_competition_change", args=[competition.pk])

    def send(**typed):
        form = filled(client.get(page), **typed)
        return client.post(page, form)

    return send


def names(competition):
    rows = list(competition.categories.values_list("name", "position"))
    assert [place for _name, place in rows] == list(range(1, len(rows) + 1))
    return "".join(name[-1] for name, _place in rows)


def added(name, position=""):
    return {
        "categories-TOTAL_FORMS": "4",
        "categories-3-name": f"Room {name}",
        "categories-3-slug": f"room-{name}",
        "categories-3-position": position,
    }


@pytest.mark.parametrize(
    ("typed", "order"),
    [
        # One number moves one row, up or down.
        ({"categories-2-position": "1"}, "CAB"),
        ({"categories-0-position": "3"}, "BCA"),
        ({"categories-0-position": "2"}, "BAC"),
        ({"categories-0-position": "2", "categories-1-position": "1"}, "BAC"),
        ({"categories-0-position": "9999"}, "BCA"),
        ({"categories-2-position": "0"}, "CAB"),
        # Numbers from 0 count places as well, as those of a form that is sent again.
        ({f"categories-{n}-position": str(n) for n in range(3)}, "ABC"),
        ({"categories-1-position": "1", "categories-2-position": "1"}, "BCA"),
        ({"categories-0-position": ""}, "BCA"),
        ({"categories-1-DELETE": "on"}, "AC"),
        (added("D"), "ABCD"),
        (added("D", "1"), "DABC"),
        (added("D", "2") | {"categories-0-DELETE": "on"}, "BDC"),
        ({"categories-1-name": "Room X"}, "AXC"),
    ],
)
def test_a_row_goes_to_the_number_that_is_typed(competition, save, typed, order):
    answer = save(**typed)
    assert answer.status_code == 302, answer.context["errors"]
    assert names(competition) == order


@pytest.mark.parametrize("typed", ["-1", "10000", "two"])
def test_a_number_that_is_none_is_refused_at_its_field(competition, save, typed):
    answer = save(**{"categories-0-position": typed})
    errors = answer.context["inline_admin_formsets"][0].formset.errors
    assert list(errors[0]) == ["position"]
    assert names(competition) == "ABC"


def test_pages_and_forms_show_the_order(competition, save, client):
    first = PrizeFactory(competition=competition, name="Grand Prize")
    other = competition.prizes.exclude(pk=first.pk).get()
    save(**{"categories-2-position": "1", "prizes-1-position": "1"})
    page = client.get(competition.get_absolute_url()).text
    assert page.index("Grand Prize") < page.index(other.name)
    enter = reverse("submissions:enter", args=[competition.slug])
    organizer = organizer_of(competition)
    client.force_login(organizer)
    form = client.get(enter).text
    places = [form.index(f">Room {name}<") for name in "CAB"]
    assert places == sorted(places)


def asked_for_a_row(competition, client, part, **typed):
    page = reverse("admin:competitions_competition_change", args=[competition.pk])
    sent = filled(client.get(page), **typed, _add_row=part)
    return client.post(page, sent)


def test_one_more_row_saves_nothing_and_keeps_what_was_typed(competition, signed_in):
    client = signed_in(organizer_of(competition))
    typed = {"categories-0-name": "Hall", "categories-2-position": "1"}
    answer = asked_for_a_row(competition, client, "categories", **typed)
    assert answer.status_code == 200
    assert said(answer).startswith("There is one more row.")
    sent = filled(answer)
    assert sent["categories-TOTAL_FORMS"] == "4"
    assert {name: sent[name] for name in typed} == typed
    assert sent["categories-3-name"] == ""
    assert sent["prizes-TOTAL_FORMS"] == "1"
    assert names(competition) == "ABC"
    # Saved like any other row; the other one is left empty.
    page = answer.request["PATH_INFO"]
    again = filled(client.post(page, {**sent, "title": "", "_add_row": "categories"}))
    assert again["categories-TOTAL_FORMS"] == "5"
    new = {"title": "Light", "categories-3-name": "Room D", "categories-3-slug": "d"}
    assert client.post(page, {**again, **new}).status_code == 302
    assert names(competition) == "ClBD"


def test_a_row_for_a_part_that_is_not_there_is_ignored(competition, signed_in):
    client = signed_in(organizer_of(competition))
    for part, total in (("nothing", "3"), ("", "3"), ("categories", "many")):
        typed = {"categories-TOTAL_FORMS": total}
        answer = asked_for_a_row(competition, client, part, **typed)
        assert answer.status_code == 200
    assert names(competition) == "ABC"


def test_a_new_competition_gets_rows_before_it_is_saved(competition, signed_in):
    client = signed_in(organizer_of(competition))
    page = reverse("admin:competitions_competition_add")
    sent = filled(client.get(page), title="New", _add_row="prizes")
    answer = client.post(page, sent)
    assert filled(answer)["prizes-0-name"] == ""
    assert filled(answer)["title"] == "New"
    assert not Competition.objects.filter(title="New").exists()
