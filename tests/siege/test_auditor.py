"""Each rule of the auditor finds the harm that it is for, and nothing where none is."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.siege import auditor
from tests.siege.auditor import audit
from tests.siege.evidence import Evidence, Row
from tests.siege.ledger import Account
from tests.siege.pictures import GOOD

DATA = b"a picture, as far as the auditor can tell"
DIGEST = hashlib.sha256(DATA).hexdigest()
MOVES = ["reserved", "received", "processing", "pending"]


class World(Evidence):
    """One competition with one entry, as it should be; made up instead of read."""

    def __init__(self, files: Path) -> None:
        self.files = files
        self.account = Account("w", GOOD, "attic", len(DATA), DIGEST, {"token"})
        self.accounts = {"w": self.account}
        self.entry: Row = {
            "id": 1, "idempotency_key": "w", "competition_id": 1, "hall": "attic",
            "token": "token", "state": "pending", "received_at": 5, "arrived_at": 4,
            "closes_at": 9, "sha256": DIGEST, "size": len(DATA), "attempt": 1,
            "original": f"{DIGEST[:2]}/{DIGEST}-w", "fault": "", "fault_code": "",
            "part": None, "declared_sha256": DIGEST,
        }  # fmt: skip
        self.entries = [self.entry]
        self.by_work = {"w": self.entry}
        self.competitions = [{"id": 1, "slug": "attic", "state": "open"}]
        self.picture = {"name": "en/entry-1-320.webp", "size": 3}
        self.renditions = {1: [self.picture]}
        self.journal = {
            ("submissions_submission", 1): moves(*MOVES),
            ("competitions_competition", 1): moves("draft", "open"),
        }
        self.put(f"originals/{self.entry['original']}", DATA)
        self.put("renditions/en/entry-1-320.webp", b"123")
        (files / "staging").mkdir()

    def put(self, name: str, data: bytes) -> Path:
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def is_now(self, state: str, **columns: object) -> None:
        """As if the journal told the same."""
        self.entry |= {"state": state, **columns}
        states = [*MOVES[: MOVES.index(state)], state] if state in MOVES else []
        key = ("submissions_submission", 1)
        self.journal[key] = moves(*(states or [*MOVES[:3], state]))


def moves(*states: str) -> list[Row]:
    pairs = zip((None, *states), states, strict=False)
    return [{"changes": {"state": [old, new]}} for old, new in pairs]


def unread(world: World) -> None:
    """Nobody read the answer."""
    world.account.tokens.clear()
    world.account.was_broken = True


def file_gone(world: World) -> None:
    (world.files / "originals" / world.entry["original"]).unlink()


def file_cut(world: World) -> None:
    world.put(f"originals/{world.entry['original']}", DATA[:9])


def row_gone(world: World) -> None:
    world.entries.clear()
    world.by_work.clear()


def bytes_never_came(world: World) -> None:
    world.is_now("reserved", received_at=None, original=None, sha256=None, size=None)


def another_token(world: World) -> None:
    world.account.tokens = {"another"}


def kept_though_unread_and_cut(world: World) -> None:
    unread(world)
    file_cut(world)


def kept_though_refused(world: World) -> None:
    world.account.tokens.clear()


def made_by_nobody(world: World) -> None:
    world.accounts.clear()


def entered_twice(world: World) -> None:
    world.entries.append(world.entry | {"id": 1})


def never_looked_at(world: World) -> None:
    world.is_now("received")


def held_for_nothing(world: World) -> None:
    world.is_now("quarantined")


def held_as_damaged(world: World) -> None:
    world.is_now("quarantined", fault="It is damaged.", fault_code="damaged")


def too_late(world: World) -> None:
    world.entry["arrived_at"] = 10


def committed_late(world: World) -> None:
    world.entry["attempt"] = 2


def without_pictures(world: World) -> None:
    world.renditions.clear()


def moved_unseen(world: World) -> None:
    world.journal["submissions_submission", 1].pop()


def out_of_the_books(world: World) -> None:
    world.entry["state"] = "expired"


def left_in_staging(world: World) -> None:
    os.utime(world.put("staging/left", b"x"), (0, 0))


HARMS: list[tuple[Callable[[World], None], str]] = [
    (file_gone, auditor.LOST),
    (file_cut, auditor.LOST),
    (row_gone, auditor.LOST),
    (bytes_never_came, auditor.LOST),
    (another_token, auditor.LOST),
    (kept_though_unread_and_cut, auditor.PARTIAL),
    (kept_though_refused, auditor.REFUSED),
    (made_by_nobody, auditor.STRANGE),
    (entered_twice, auditor.TWICE),
    (never_looked_at, auditor.UNENDED),
    (held_for_nothing, auditor.NAMELESS),
    (held_as_damaged, auditor.NAMELESS),
    (too_late, auditor.LATE),
    (committed_late, auditor.OVERTAKEN),
    (without_pictures, auditor.BLIND),
    (moved_unseen, auditor.ILLEGAL),
    (out_of_the_books, auditor.UNBALANCED),
    (left_in_staging, auditor.LEFTOVER),
]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.parametrize(
    ("harm", "rule"), HARMS, ids=[harm.__name__ for harm, _ in HARMS]
)
def test_every_harm_is_found_by_its_name(
    world: World, harm: Callable[[World], None], rule: str
) -> None:
    harm(world)
    assert rule in {breach.rule for breach in audit(world)}


def test_where_nothing_is_wrong_nothing_is_found(world: World) -> None:
    assert audit(world) == []


def test_a_refused_form_sent_again_has_another_key(world: World) -> None:
    again = world.entry | {"id": 2, "idempotency_key": "x", "received_at": None}
    world.entries.append(again | {"state": "expired", "sha256": None})
    assert auditor.STRANGE not in {breach.rule for breach in audit(world)}


def test_whole_is_as_good_as_absent_when_nobody_read_the_answer(world: World) -> None:
    unread(world)
    assert audit(world) == []
    row_gone(world)
    assert audit(world) == []


def test_a_picture_is_excused_for_the_deaths_around_it(world: World) -> None:
    world.is_now("quarantined", fault="They died.", fault_code="decoder_died")
    assert audit(world) == []


def test_what_is_still_awaited_may_lie_in_staging(world: World) -> None:
    world.account.tokens.clear()
    bytes_never_came(world)
    world.entry["part"] = "awaited"
    os.utime(world.put("staging/awaited.part", b"x"), (0, 0))
    assert audit(world) == []
