"""The siege notices: with any one protection off, its drill ends in a named breach."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.siege import auditor, drills, switches
from tests.siege.auditor import Breach, audit
from tests.siege.drills import Drill
from tests.siege.evidence import Evidence
from tests.siege.fortress import (
    Fortress,
    Vain,
    besieged,
    wait_for,
    why_nothing_forgets,
)
from tests.siege.proxy import Proxy
from tests.siege.submitters import Place, Submitter

pytestmark = [pytest.mark.stack, pytest.mark.trial, pytest.mark.soak]

# What an entry that nobody forgot needs many times over; what is forgotten never ends.
SECONDS = 12.0
CONTROL = "control"
AS_OWNER = """
import os, sys, psycopg
with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as line:
    line.execute(sys.argv[1])
"""
UNENDED = """
SELECT count(*) FROM submissions_submission AS entry
JOIN competitions_competition AS contest ON contest.id = entry.competition_id
WHERE contest.slug = %s AND entry.state IN ('received', 'processing')
"""


@dataclass(frozen=True)
class Proof:
    """A protection, the drill against it, and the breach that must be named.

    ``trigger`` protects in the database what ``protection`` does in Python, and is
    taken away with it.
    """

    protection: str
    drill: Callable[[Drill], None]
    rule: str
    trigger: str = ""


PROOFS = (
    Proof(switches.FSYNC, drills.cut_the_power, auditor.LOST),
    Proof(switches.SWEEPER, drills.lose_the_message, auditor.UNENDED),
    Proof(switches.EARLY_ACK, drills.kill_after_the_answer, auditor.LOST),
    Proof(
        switches.FENCE,
        drills.commit_late,
        auditor.OVERTAKEN,
        "rendition_made_while_checked",
    ),
    Proof(switches.LENGTH, drills.close_half_way, auditor.PARTIAL),
)


@pytest.fixture(scope="module")
def fortress() -> Iterator[Fortress]:
    with besieged() as fortress:
        yield fortress


@pytest.fixture(scope="module")
def session(fortress: Fortress) -> str:
    halls = (CONTROL, *switches.PROTECTIONS)
    return str(fortress.seed("people", "1", *halls)["sessions"][0])


@pytest.fixture
def make_drill(
    fortress: Fortress, session: str, tmp_path: Path
) -> Iterator[Callable[[str], Drill]]:
    with Proxy(fortress.port, "proof") as proxy, ExitStack() as open_ledgers:

        def make(hall: str) -> Drill:
            place = Place(proxy.port, session, [hall])
            submitter = Submitter("drill", hall, place, tmp_path)
            open_ledgers.callback(submitter.close)
            return Drill(fortress, proxy, submitter, hall, random.Random(hall))

        yield make
        fortress.control.take_away()


def found(fortress: Fortress, hall: str, ledgers: Path) -> list[Breach]:
    """What the auditor says of one competition."""
    url = fortress.facts["database_url"]
    return audit(Evidence(ledgers, url, fortress.disk.folder, halls=[hall]))


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.protection)
def test_without_it_the_siege_fails_and_says_why(
    proof: Proof,
    fortress: Fortress,
    make_drill: Callable[[str], Drill],
    tmp_path: Path,
) -> None:
    if proof.protection == switches.FSYNC and not fortress.disk.is_forgetful:
        pytest.skip(why_nothing_forgets())
    drill = make_drill(proof.protection)
    fortress.control.take_away(proof.protection)
    with without_trigger(fortress, proof.trigger):
        proof.drill(drill)
        wait_until_noticed(fortress, drill, proof, tmp_path)


def wait_until_noticed(
    fortress: Fortress, drill: Drill, proof: Proof, tmp_path: Path
) -> None:
    def rules() -> set[str]:
        wrong = found(fortress, drill.hall, tmp_path)
        return {breach.rule for breach in wrong}

    if proof.rule == auditor.UNENDED:
        with pytest.raises(Vain):
            wait_for("it ends", lambda: ended(fortress, drill.hall), SECONDS)
    wait_for("the auditor notices", lambda: proof.rule in rules(), 4 * SECONDS)


@contextmanager
def without_trigger(fortress: Fortress, name: str) -> Iterator[None]:
    """The owner of the tables switches a trigger off for a while."""
    if not name:
        yield
        return
    change_trigger(fortress, f"DISABLE TRIGGER {name}")
    try:
        yield
    finally:
        change_trigger(fortress, f"ENABLE ALWAYS TRIGGER {name}")


def change_trigger(fortress: Fortress, how: str) -> None:
    statement = f"ALTER TABLE submissions_rendition {how}"
    answer = fortress.run(sys.executable, "-c", AS_OWNER, statement)
    assert answer.returncode == 0, answer.stderr


def test_with_all_of_them_nothing_is_found(
    fortress: Fortress, make_drill: Callable[[str], Drill], tmp_path: Path
) -> None:
    drill = make_drill(CONTROL)
    for proof in PROOFS:
        if proof.protection != switches.FSYNC or fortress.disk.is_forgetful:
            proof.drill(drill)
    wait_for("all entries end", lambda: ended(fortress, drill.hall))
    assert found(fortress, drill.hall, tmp_path) == []


def ended(fortress: Fortress, hall: str) -> bool:
    return fortress.sql(UNENDED, hall) == [(0,)]
