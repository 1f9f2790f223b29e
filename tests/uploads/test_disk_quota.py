"""Who holds how much of the disk, counted without one."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import pytest

from mycenas.uploads.capacity import DiskClaim, DiskQuota, ReservedSpace
from mycenas.uploads.quotas import RetryLater
from submissions.intake.file_checks import room_problems
from tests.factories import CompetitionFactory

NUMBERS = itertools.count()


@dataclass
class Counter:
    size: int = 0


def take(
    room: DiskQuota, coming: int, counter: Counter | None = None, **said: Any
) -> ReservedSpace:
    """A file of a person, from a network and to a competition of its own."""
    told = {"whole": coming, "free": 1000, **said}
    for name in ("participant", "network", "competition"):
        told.setdefault(name, str(next(NUMBERS)))
    return room.reserve(DiskClaim(coming=coming, **told), counter or Counter())


def of(name: str) -> dict[str, Any]:
    return {name: "same"}


def test_a_file_that_does_not_fit_is_told_both_numbers():
    with pytest.raises(RetryLater) as refused:
        take(DiskQuota(), 1001)
    assert refused.value.code == "storage_full"
    assert refused.value.members == {"found": 1001, "limit": 1000}
    assert refused.value.retry_after == 300


def test_files_on_their_way_keep_the_room_of_what_did_not_come_yet():
    room, counter = DiskQuota(), Counter()
    hold = take(room, 900, counter)
    with pytest.raises(RetryLater):
        take(room, 101)
    counter.size = 800
    take(room, 100, free=200).end()
    hold.end()
    hold.end()
    take(room, 1000)


def test_a_file_in_pieces_must_fit_as_a_whole_and_holds_its_piece():
    room = DiskQuota()
    take(room, 10, whole=900)
    take(room, 900)
    with pytest.raises(RetryLater):
        take(room, 10, whole=1001)


@pytest.mark.parametrize(
    ("name", "limit"), [("participant", 250), ("network", 500), ("competition", 750)]
)
def test_one_of_many_holds_a_share(name, limit):
    room, same = DiskQuota(), of(name)
    first = take(room, limit - 9, **same)
    with pytest.raises(RetryLater) as refused:
        take(room, 10, **same)
    assert refused.value.code == "storage_share"
    take(room, 9, **same)
    take(room, 10)
    first.end()
    take(room, limit - 9, **same)


def test_who_holds_nothing_may_begin_one_file_of_any_size():
    take(DiskQuota(), 1000)


@pytest.mark.django_db
def test_operators_hear_when_the_largest_file_does_not_fit(settings, client):
    assert room_problems() == []
    CompetitionFactory(state="open", max_megabytes=5)
    settings.STORAGE_RESERVE = 2**60
    [said] = room_problems()
    assert (
        "0 MB beside STORAGE_RESERVE; open competitions take files of up to 5" in said
    )
    answer = client.get("/healthz/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "full")
    assert answer.json()["problems"] == [said]
    assert said in client.get("/healthz/progress").json()["problems"]
