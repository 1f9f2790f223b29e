"""A draw that everybody can repeat, and that favors no position."""

from __future__ import annotations

import hashlib
from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycenas.core.draws.drawing import (
    SEED_BYTES,
    _below,
    commitment,
    drawn,
    list_digest,
    new_seed,
)

SEED = bytes(range(SEED_BYTES))
ITEMS = [f"E{number}" for number in range(6)]


def test_the_order_of_a_published_seed_never_changes():
    """Written down once: another order would break draws that are published."""
    assert drawn(SEED, ITEMS) == ["E0", "E1", "E3", "E4", "E5", "E2"]
    assert list_digest(["b", "a"]) == hashlib.sha256(b'["a","b"]\n').hexdigest()
    assert commitment(SEED) == hashlib.sha256(SEED).hexdigest()


@given(st.binary(min_size=SEED_BYTES, max_size=SEED_BYTES), st.sets(st.text()))
def test_every_item_is_drawn_once_whatever_the_order_of_the_list(seed, items):
    order = drawn(seed, sorted(items))
    assert sorted(order) == sorted(items)
    assert order == drawn(seed, sorted(items, reverse=True))


def test_seed_purpose_and_list_change_the_order():
    many = [f"E{number}" for number in range(40)]
    orders = [
        drawn(SEED, many),
        drawn(new_seed(), many),
        drawn(SEED, many, "ties"),
        [one for one in drawn(SEED, [*many, "X"]) if one != "X"],
    ]
    assert len({tuple(order) for order in orders}) == len(orders)


def test_all_orders_are_equally_frequent():
    """Chi-squared over 6,000 draws of four; 23 degrees of freedom, p = 0.001."""
    draws = (drawn(SEED, "abcd", str(number)) for number in range(6000))
    found = Counter(map(tuple, draws))
    expected = 6000 / 24
    every = list(permutations("abcd"))
    assert sum((found[one] - expected) ** 2 / expected for one in every) < 49.7


def test_a_number_that_would_favor_some_positions_is_rejected():
    top = 2**256
    usable = top - top % 3
    assert _below(3, iter([top - 1, usable, usable - 1, 0])) == 2
    assert _below(4, iter([top - 1])) == 3


def test_a_short_seed_and_an_item_there_twice_are_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        commitment(b"short")
    with pytest.raises(ValueError, match="32 bytes"):
        drawn(b"short", ITEMS)
    with pytest.raises(ValueError, match="twice"):
        drawn(SEED, ["a", "a"])
