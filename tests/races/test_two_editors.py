"""Two people press Save at once, on two connections: one of them is refused."""

from __future__ import annotations

from functools import partial

import pytest

from competitions.models import Competition
from mycenas.accounts.models import Role
from mycenas.staff import edit_conflicts
from tests.factories import CompetitionFactory, staff
from tests.form_data import filled
from tests.races.tools import crowd, holding, outcome, wait_for_waiting
from tests.staff.test_saving import address

pytestmark = pytest.mark.django_db(transaction=True)


def save_at_once(signed_in, competition):
    """Both stand in front of the row, then go; the status each gets."""
    clients = [
        signed_in(staff(Role.ORGANIZER, competition.organization)) for _ in range(2)
    ]
    forms = [
        filled(client.get(address(competition)), **{field: "Typed"})
        for client, field in zip(clients, ("title", "summary"), strict=True)
    ]
    with crowd() as people:
        with holding(competition):
            started = [
                people.start(partial(client.post, address(competition), form))
                for client, form in zip(clients, forms, strict=True)
            ]
            wait_for_waiting(2)
        return sorted(outcome(one).status_code for one in started)


def typed(competition):
    competition.refresh_from_db()
    return [competition.title, competition.summary].count("Typed")


def test_of_two_saves_at_once_one_is_told(signed_in):
    competition = CompetitionFactory()
    assert save_at_once(signed_in, competition) == [200, 302]
    assert typed(competition) == 1


def test_without_the_mark_the_first_save_is_lost(signed_in, monkeypatch):
    """The control: all states of a row have the same mark."""
    monkeypatch.setattr(edit_conflicts, "mark_of", lambda obj, parts: "same")
    competition = CompetitionFactory()
    assert save_at_once(signed_in, competition) == [302, 302]
    assert typed(competition) == 1
    assert Competition.objects.count() == 1
