"""Counting bytes without waiting for Redis, on a real Valkey."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest
from django.core.cache import caches
from django_redis.cache import RedisCache

from mycenas.core.queue.publisher import redis_breaker
from mycenas.uploads.rate_limit import RateCounter

pytestmark = pytest.mark.usefixtures("fresh_cache")

# In seconds; no such window ends while a test runs.
WINDOW = ("mine", 10**6)


@pytest.fixture
def process():
    """Makes what one more process has; nobody is under way when the test is over."""
    counters = []

    def begin(kind=RateCounter):
        counters.append(kind())
        return counters[-1]

    yield begin
    for counter in counters:
        counter.flush()


@pytest.fixture
def here(process):
    return process()


@pytest.fixture
def there(process):
    return process()


def asked(counter, window=WINDOW):
    """What is known once Redis was asked."""
    counter.add(window, 0)
    counter.flush()
    return counter.add(window, 0)


def test_what_is_counted_here_is_known_at_once(here):
    assert [here.add(WINDOW, weight) for weight in (5, 0, 7)] == [5, 5, 12]
    assert here.add(("another", 60), 1) == 1


def test_processes_know_of_each_other_a_moment_later(here, there):
    here.add(WINDOW, 5)
    here.flush()
    assert there.add(WINDOW, 1) == 1
    there.flush()
    assert there.add(WINDOW, 0) == 6
    assert asked(here) == 6


def test_nobody_waits_for_redis(process):
    class Held(RateCounter):
        allowed = threading.Event()
        loads = []

        def _flush(self, load):
            self.loads.append(load)
            assert self.allowed.wait(30)
            return super()._flush(load)

    held = process(Held)
    counts = [held.add(WINDOW, 1) for _ in range(100)]
    held.allowed.set()
    held.flush()
    assert counts == list(range(1, 101))
    # What is counted during a journey waits for the next, and is counted once.
    assert sum(load[WINDOW] for load in held.loads) == 100
    assert asked(process()) == held.add(WINDOW, 0) == 100


def test_no_byte_is_lost_or_counted_twice_among_threads(process, here, there):
    with ThreadPoolExecutor(8) as threads:
        counters = itertools.cycle([here, there])
        for _ in range(400):
            threads.submit(next(counters).add, WINDOW, 3)
    here.flush()
    there.flush()
    assert asked(process()) == asked(here) == asked(there) == 1200


def test_counts_end_in_redis(here):
    cache = cast(RedisCache, caches["pace"])
    here.add(WINDOW, 1)
    here.flush()
    assert 0 < cache.ttl(WINDOW[0]) <= WINDOW[1]


def test_ended_counts_are_thrown_away(here):
    here.MANY = here._most = 10
    here.add(WINDOW, 1)
    for number in range(100):
        here.add((f"ended {number}", 0), 1)
    assert len(here._counts) <= 10
    assert here.add(WINDOW, 1) == 2


def test_a_redis_that_was_emptied_makes_nobody_forget(here):
    here.add(WINDOW, 5)
    here.flush()
    cast(RedisCache, caches["pace"]).delete_pattern("*")
    here.add(WINDOW, 2)
    here.flush()
    assert here.add(WINDOW, 0) == 7


def test_an_ill_redis_is_asked_once_and_everybody_counts_on(ill_redis, here, caplog):
    for total in (1, 2, 3):
        assert here.add(WINDOW, 1) == total
        here.flush()
        assert redis_breaker.is_open
    assert len(caplog.records) == 1
