"""Whatever was declared for a file, in any order of requests, is what is stored."""

from __future__ import annotations

import pytest

from mycenas.uploads import multipart
from mycenas.uploads.rate_limit import rate_counter
from submissions.intake import upload_urls, uploads
from tests.protocol.raw.acts import ActingLife
from tests.protocol.tus.world import contest

STEPS = 14


@pytest.fixture
def live(served, settings):
    """Live the lives of some seeds; how many files were acknowledged."""
    settings.PACE_PARTICIPANT = settings.PACE_NETWORK = (10**15, 10)
    competition = contest(max_entries=1000)

    def live(*seeds: int) -> int:
        acknowledged = 0
        for seed in seeds:
            rate_counter._counts.clear()
            life = ActingLife(seed, served.url, competition)
            for _ in range(STEPS):
                life.step()
            acknowledged += life.acknowledged
        return acknowledged

    return live


def test_a_file_is_what_was_declared_in_any_order_of_requests(live):
    assert live(*range(20)) >= 4


LEFT_OUT = {
    "what a repeat declares": (upload_urls, "_declare_sha256"),
    "the list of headers": (uploads, "check_undeclared"),
    "the headers of a form's part": (multipart, "check_part_header"),
}


@pytest.mark.trial
@pytest.mark.soak
@pytest.mark.parametrize("where", LEFT_OUT.values(), ids=LEFT_OUT)
def test_lives_find_a_check_that_is_left_out(where, live, monkeypatch):
    """The control."""
    monkeypatch.setattr(*where, lambda *_: None)
    with pytest.raises(AssertionError):
        live(*range(200))


@pytest.mark.trial
@pytest.mark.soak
@pytest.mark.parametrize("first", range(1000, 5000, 250))
def test_a_file_is_what_was_declared_in_thousands_of_lives(first, live):
    assert live(*range(first, first + 250)) >= 60
