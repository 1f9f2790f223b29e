"""A declaration that makes no sense does not come into being."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

import pytest

from campaigns.states import CAMPAIGN
from mycenas.core.states.machine import StateMachine, digest


class Light(Enum):
    RED = "red"
    GREEN = "green"


def machine(**moves):
    return StateMachine(
        name="light",
        table="lights",
        states=Light,
        initial="red",
        moves={state: frozenset(after) for state, after in moves.items()},
    )


def test_it_knows_what_may_follow():
    light = machine(red={"green"}, green={"red"})
    assert light.allows("red", "green")
    assert not light.allows("red", "red")
    assert not light.allows("blue", "red")
    assert light.pairs() == [("green", "red"), ("red", "green")]


@pytest.mark.parametrize(
    "moves",
    [
        {"red": {"green"}},
        {"red": {"green"}, "green": set(), "blue": set()},
        {"red": set(), "green": {"red"}},
        {"red": {"blue", "green"}, "green": set()},
    ],
    ids=["missing", "unknown", "unreachable", "unknown goal"],
)
def test_it_refuses_states_that_are_missing_unknown_or_out_of_reach(moves):
    with pytest.raises(ValueError, match="light"):
        machine(**moves)


def test_its_sql_takes_back_what_it_makes():
    for trigger in CAMPAIGN.triggers():
        assert f"CREATE TRIGGER {trigger} " in CAMPAIGN.sql()
        assert f"ENABLE ALWAYS TRIGGER {trigger};" in CAMPAIGN.sql()
        assert f"DROP TRIGGER {trigger} " in CAMPAIGN.reverse_sql()


def test_another_move_gives_another_digest():
    before = machine(red={"green"}, green={"red"})
    after = replace(before, moves={"red": frozenset({"green"}), "green": frozenset()})
    digests = [
        digest(found.triggers()["light_moves"]) for found in (before, after, before)
    ]
    assert digests[0] == digests[2] != digests[1]
