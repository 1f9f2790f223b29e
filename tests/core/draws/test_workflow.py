"""A draw is committed before and drawn once, and everybody can repeat it."""

from __future__ import annotations

import hashlib

import pytest

from mycenas.core.audit.history import history_of
from mycenas.core.draws.drawing import drawn, list_digest
from mycenas.core.draws.models import Draw, Seed
from mycenas.core.draws.states import DrawState
from mycenas.core.draws.workflow import Beacon, commit, reveal
from mycenas.core.http.errors import InvalidTransition, LostRace
from mycenas.core.models import AuditEntry
from tests.database.tools import refusal

pytestmark = pytest.mark.django_db

ITEMS = ["E3", "E1", "É2", "E10"]
BEACON = Beacon("https://api.drand.sh/public/", 4_200_000)
VALUE = "c0ffee" * 10


def committed(purpose: str = "ties", **fields) -> Draw:
    return commit(purpose, "competitions_competition", 7, ITEMS, **fields)


def test_before_the_draw_there_are_digests_and_no_seed():
    draw = Draw.objects.get(pk=committed().pk)
    assert (draw.state, draw.seed, draw.drawn_at) == (DrawState.COMMITTED, None, None)
    assert draw.listed == sorted(ITEMS)
    assert draw.list_digest == list_digest(ITEMS)
    assert str(draw) == "ties competitions_competition 7"
    with pytest.raises(InvalidTransition):
        _ = draw.order


def test_the_draw_reveals_the_seed_that_was_committed():
    draw = committed()
    secret = Seed.objects.get(draw=draw)
    assert str(secret) == str(draw.pk)
    reveal(draw)
    again = Draw.objects.get(pk=draw.pk)
    assert again.revealed == bytes(secret.value)
    assert hashlib.sha256(again.revealed).hexdigest() == again.commitment
    assert again.drawn_at is not None
    assert again.committed_at < again.drawn_at
    assert again.order == drawn(again.revealed, ITEMS, "ties")
    assert sorted(again.order) == sorted(ITEMS)


def test_a_beacon_changes_the_order():
    """A hundred items have too many orders for two to be equal by chance."""
    items = [str(number) for number in range(100)]
    draw = commit("ties", "competitions_competition", 7, items, beacon=BEACON)
    reveal(draw, beacon_value=VALUE)
    assert draw.full_purpose == f"ties\nbeacon {BEACON.number} {VALUE}"
    assert draw.order == drawn(draw.revealed, items, draw.full_purpose)
    assert draw.order != drawn(draw.revealed, items, "ties")


def test_a_list_is_drawn_once():
    draw = committed()
    stale = Draw.objects.get(pk=draw.pk)
    seed = reveal(draw).revealed
    with pytest.raises(InvalidTransition):
        reveal(draw)
    with pytest.raises(LostRace):
        reveal(stale)
    assert Draw.objects.get(pk=draw.pk).revealed == seed


def test_one_purpose_has_one_draw():
    committed()
    with refusal("draw_once"):
        committed()
    assert committed("order").pk


def test_no_list_and_an_item_there_twice_are_refused():
    with pytest.raises(ValueError, match="twice"):
        commit("ties", "competitions_competition", 7, ["a", "a"])
    with refusal("draw_has_list"):
        commit("ties", "competitions_competition", 7, [])
    assert not Draw.objects.exists()


def test_the_journal_has_both_steps_and_not_the_seed():
    draw = reveal(committed())
    entries = AuditEntry.objects.filter(table_name="draws_draw")
    assert [one.operation for one in entries] == ["INSERT", "UPDATE"]
    assert entries[1].changes["state"] == ["committed", "drawn"]
    assert len(history_of(draw)) == 2
    secret = draw.revealed.hex()
    assert not [one for one in AuditEntry.objects.all() if secret in str(one.changes)]
    assert not AuditEntry.objects.filter(table_name="draws_seed").exists()
