"""PostgreSQL draws the same order as Python, where the seed is still sealed."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mycenas.core.draws.drawing import SEED_BYTES, drawn, list_digest
from tests.database.tools import one

pytestmark = pytest.mark.django_db
DRAWN = "SELECT draws_drawn(%s, %s, %s, %s)"
SEEDS = st.binary(min_size=SEED_BYTES, max_size=SEED_BYTES)
LISTS = st.sets(st.text("abcXYZ019é-", min_size=1, max_size=4), max_size=40)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=SEEDS, items=LISTS, purpose=st.text("abc 1\n", max_size=8))
def test_the_order_is_the_same(seed, items, purpose):
    listed = sorted(items)
    given_here = [seed, listed, purpose, list_digest(listed)]
    assert one(DRAWN, given_here) == drawn(seed, listed, purpose)


def test_a_long_list_is_drawn_alike():
    listed = sorted(f"E{n}" for n in range(1000))
    seed = bytes(range(SEED_BYTES))
    given_here = [seed, listed, "queues 1", list_digest(listed)]
    assert one(DRAWN, given_here) == drawn(seed, listed, "queues 1")
