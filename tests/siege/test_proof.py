"""The siege notices: with any one protection off, a mutation ends in its breach."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.siege import auditor, mutations, switches
from tests.siege.auditor import Breach, audit
from tests.siege.evidence import Evidence
from tests.siege.mutations import Mutation
from tests.siege.proxy import Proxy
from tests.siege.site import (
    SiegeSite,
    Vain,
    running_site,
    wait_for,
    why_no_crash_fs,
)
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
    """A protection, the mutation against it, and the breach that must be named.

    ``trigger`` protects in the database what ``protection`` does in Python, and is
    taken away with it.
    """

    protection: str
    mutation: Callable[[Mutation], None]
    rule: str
    trigger: str = ""


PROOFS = (
    Proof(switches.FSYNC, mutations.cut_the_power, auditor.LOST),
    Proof(switches.SWEEPER, mutations.lose_the_message, auditor.UNENDED),
    Proof(switches.EARLY_ACK, mutations.kill_after_the_answer, auditor.LOST),
    Proof(
        switches.FENCE,
        mutations.commit_late,
        auditor.OVERTAKEN,
        "rendition_made_while_checked",
    ),
    Proof(switches.LENGTH, mutations.close_half_way, auditor.PARTIAL),
)


@pytest.fixture(scope="module")
def site() -> Iterator[SiegeSite]:
    with running_site() as site:
        yield site


@pytest.fixture(scope="module")
def session(site: SiegeSite) -> str:
    halls = (CONTROL, *switches.PROTECTIONS)
    return str(site.seed("people", "1", *halls)["sessions"][0])


@pytest.fixture
def make_drill(
    site: SiegeSite, session: str, tmp_path: Path
) -> Iterator[Callable[[str], Mutation]]:
    with Proxy(site.port, "proof") as proxy, ExitStack() as open_ledgers:

        def make(hall: str) -> Mutation:
            place = Place(proxy.port, session, [hall])
            submitter = Submitter("mutation", hall, place, tmp_path)
            open_ledgers.callback(submitter.close)
            return Mutation(site, proxy, submitter, hall, random.Random(hall))

        yield make
        site.control.take_away()


def found(site: SiegeSite, hall: str, ledgers: Path) -> list[Breach]:
    """What the auditor says of one competition."""
    url = site.facts["database_url"]
    return audit(Evidence(ledgers, url, site.disk.folder, halls=[hall]))


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.protection)
def test_without_it_the_siege_fails_and_says_why(
    proof: Proof,
    site: SiegeSite,
    make_drill: Callable[[str], Mutation],
    tmp_path: Path,
) -> None:
    if proof.protection == switches.FSYNC and not site.disk.is_crash_fs:
        pytest.skip(why_no_crash_fs())
    mutation = make_drill(proof.protection)
    site.control.take_away(proof.protection)
    with without_trigger(site, proof.trigger):
        proof.mutation(mutation)
        wait_until_noticed(site, mutation, proof, tmp_path)


def wait_until_noticed(
    site: SiegeSite, mutation: Mutation, proof: Proof, tmp_path: Path
) -> None:
    def rules() -> set[str]:
        wrong = found(site, mutation.hall, tmp_path)
        return {breach.rule for breach in wrong}

    if proof.rule == auditor.UNENDED:
        with pytest.raises(Vain):
            wait_for("it ends", lambda: ended(site, mutation.hall), SECONDS)
    wait_for("the auditor notices", lambda: proof.rule in rules())


@contextmanager
def without_trigger(site: SiegeSite, name: str) -> Iterator[None]:
    """The owner of the tables switches a trigger off for a while."""
    if not name:
        yield
        return
    change_trigger(site, f"DISABLE TRIGGER {name}")
    try:
        yield
    finally:
        change_trigger(site, f"ENABLE ALWAYS TRIGGER {name}")


def change_trigger(site: SiegeSite, how: str) -> None:
    statement = f"ALTER TABLE submissions_rendition {how}"
    answer = site.run(sys.executable, "-c", AS_OWNER, statement)
    assert answer.returncode == 0, answer.stderr


def test_with_all_of_them_nothing_is_found(
    site: SiegeSite, make_drill: Callable[[str], Mutation], tmp_path: Path
) -> None:
    mutation = make_drill(CONTROL)
    for proof in PROOFS:
        if proof.protection != switches.FSYNC or site.disk.is_crash_fs:
            proof.mutation(mutation)
    wait_for("all entries end", lambda: ended(site, mutation.hall))
    assert found(site, mutation.hall, tmp_path) == []


def ended(site: SiegeSite, hall: str) -> bool:
    return site.sql(UNENDED, hall) == [(0,)]
