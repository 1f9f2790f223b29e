"""No request, however odd, is answered with a 5xx: every address, every role."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.conftest import Fuzzed
from tests.fuzz.examples import dates, examples
from tests.fuzz.strategies import requests

# So many requests in one example of hypothesis: they are sent over several lines.
TOGETHER = 10


def fuzz(fuzzed: Fuzzed, count: int, start: int) -> None:
    """Send ``count`` requests that follow from the number ``start``."""
    fuzzed.world.read_forms(fuzzed.ask)
    one = st.tuples(*[requests(fuzzed.world)] * TOGETHER)

    @seed(start)
    @settings(
        max_examples=-(-(count - fuzzed.asked) // TOGETHER),
        phases=(Phase.generate,),
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(one)
    def none_fails(many: tuple) -> None:
        fuzzed.world.restore()
        assert fuzzed.failures(list(many)) == []

    none_fails()
    assert fuzzed.asked >= count


def test_what_failed_once_is_answered(fuzzed):
    groups = examples(fuzzed.world)
    assert {name: fuzzed.failures(group) for name, group in groups.items()} == {
        name: [] for name in groups
    }


def test_dates_beyond_any_calendar_are_answered(fuzzed):
    """Saved or refused, the desk can be read afterwards."""
    assert fuzzed.failures(dates(fuzzed.world.some("organization"))) == []


@pytest.mark.trial
def test_two_thousand_requests(fuzzed):
    fuzz(fuzzed, 2_000, 20261129)


@pytest.mark.trial
@pytest.mark.soak
def test_twenty_thousand_requests(fuzzed):
    fuzz(fuzzed, 20_000, 1)
