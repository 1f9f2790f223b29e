"""Compares what clients were told with what is there; every difference is a breach."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from competitions.states import COMPETITION
from mycenas.core.states.machine import StateMachine
from submissions.states import IN_WORK, SUBMISSION, SubmissionState
from tests.siege import ledger as outcomes
from tests.siege.evidence import Evidence, Row
from tests.siege.ledger import Account
from tests.siege.pictures import FOREIGN, GOOD

# Files in staging: their own bound, the sweeper's round, and a slow machine.
STAGED_SECONDS = 120.0
UNFINISHED = (SubmissionState.RECEIVED, SubmissionState.PROCESSING)
WITHOUT_BYTES = (
    SubmissionState.RESERVED,
    SubmissionState.EXPIRED,
    SubmissionState.WITHDRAWN,
)
ENDED = (
    SubmissionState.APPROVED,
    SubmissionState.REJECTED,
    SubmissionState.DISQUALIFIED,
    SubmissionState.WITHDRAWN,
)
TABLES = {
    "submissions_submission": SUBMISSION,
    "competitions_competition": COMPETITION,
}
# A picture that is as it should be may only be held for the deaths around it.
EXCUSED = ("decoder_died", "worker_lost")

LOST = "acknowledged and lost"
PARTIAL = "kept, but not whole"
UNENDED = "acknowledged and never ended"
NAMELESS = "held without a reason, or for a wrong one"
REFUSED = "refused and kept all the same"
TWICE = "one work, several entries"
STRANGE = "an entry that nobody made"
LATE = "taken after the deadline"
OVERTAKEN = "committed by a worker whose lease was over"
BLIND = "in review without its pictures"
ILLEGAL = "an illegal move, or one that the journal lacks"
UNBALANCED = "the books do not balance"
LEFTOVER = "left in staging beyond its time"


@dataclass(frozen=True)
class Breach:
    """A promise that was broken, and by what."""

    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.what}"


Check = Callable[[Evidence], Iterator[Breach]]
CHECKS: list[Check] = []


def check(function: Check) -> Check:
    CHECKS.append(function)
    return function


def audit(evidence: Evidence) -> list[Breach]:
    """All breaches; empty if every promise was kept."""
    return [breach for one in CHECKS for breach in one(evidence)]


@check
def acknowledged_entries_are_there(evidence: Evidence) -> Iterator[Breach]:
    """Row, bytes and hash, for everything that any client read."""
    for account in evidence.accounts.values():
        if account.outcome != outcomes.ACKNOWLEDGED:
            continue
        row = evidence.by_work.get(account.work)
        if row is None or row["received_at"] is None:
            state = row["state"] if row else "no row"
            yield Breach(LOST, f"{account.work} ({account.hall}): {state}")
            continue
        if account.tokens != {row["token"]}:
            yield Breach(LOST, f"{account.work}: another token was given")
        yield from _is_whole(evidence, account, row, LOST)


@check
def what_nobody_was_told_is_whole_or_absent(evidence: Evidence) -> Iterator[Breach]:
    for account in evidence.accounts.values():
        row = evidence.by_work.get(account.work)
        if account.outcome == outcomes.UNKNOWN and row and row["received_at"]:
            yield from _is_whole(evidence, account, row, PARTIAL)


def _is_whole(
    evidence: Evidence, account: Account, row: Row, rule: str
) -> Iterator[Breach]:
    wanted = account.size, account.sha256
    found = evidence.original(row)
    if found is None:
        yield Breach(rule, f"entry {row['id']}: its file is gone")
    elif (found.size, found.sha256) != wanted:
        what = f"its file has {found.size} of {account.size} bytes, or other ones"
        yield Breach(rule, f"entry {row['id']}: {what}")
    if (row["size"], row["sha256"]) != wanted:
        what = f"its row says {row['size']} bytes of {account.size}, or other ones"
        yield Breach(rule, f"entry {row['id']}: {what}")


@check
def refused_works_left_nothing(evidence: Evidence) -> Iterator[Breach]:
    for account in evidence.accounts.values():
        row = evidence.by_work.get(account.work)
        refused = account.outcome == outcomes.REFUSED or account.kind == FOREIGN
        if refused and row and row["received_at"] is not None:
            yield Breach(REFUSED, f"entry {row['id']}: {account.kind}")


@check
def entries_are_those_of_the_ledgers(evidence: Evidence) -> Iterator[Breach]:
    """Each entry was sent by a client, and only once.

    A form sent again after its file was refused makes a reservation under another key.
    """
    files = {account.sha256 for account in evidence.accounts.values()}
    bytes_seen: set[str] = set()
    keys_seen: set[str] = set()
    for row in evidence.entries:
        is_repeat = row["received_at"] is None and row["declared_sha256"] in files
        if row["idempotency_key"] not in evidence.accounts and not is_repeat:
            yield Breach(STRANGE, f"entry {row['id']}")
        if row["idempotency_key"] in keys_seen or row["sha256"] in bytes_seen:
            yield Breach(TWICE, f"entry {row['id']}")
        keys_seen.add(row["idempotency_key"])
        bytes_seen |= {row["sha256"]} - {None}


@check
def received_entries_have_ended(evidence: Evidence) -> Iterator[Breach]:
    """In review with pictures, decided, or held with a reason that fits."""
    for row in evidence.entries:
        account = evidence.accounts.get(row["idempotency_key"])
        good = account is not None and account.kind == GOOD
        if row["received_at"] is None:
            if row["state"] not in WITHOUT_BYTES:
                yield Breach(UNENDED, f"entry {row['id']} is {row['state']}")
        elif row["state"] in UNFINISHED:
            what = f"is {row['state']}, attempt {row['attempt']}"
            yield Breach(UNENDED, f"entry {row['id']} {what}")
        elif row["state"] == SubmissionState.QUARANTINED:
            wrong = good and row["fault_code"] not in EXCUSED
            if wrong or not row["fault"] or not row["fault_code"]:
                yield Breach(NAMELESS, f"entry {row['id']}: {row['fault_code']!r}")
        elif row["state"] == SubmissionState.PENDING:
            yield from _shows(evidence, row)


def _shows(evidence: Evidence, row: Row) -> Iterator[Breach]:
    pictures = evidence.renditions.get(row["id"], [])
    if not pictures:
        yield Breach(BLIND, f"entry {row['id']}")
    for picture in pictures:
        # The name carries the attempt that made it.
        if f"-{row['attempt']}-" not in picture["name"]:
            what = f"attempt {row['attempt']}, but {picture['name']}"
            yield Breach(OVERTAKEN, f"entry {row['id']}: {what}")
        path = evidence.files / "renditions" / picture["name"]
        if not path.is_file() or path.stat().st_size != picture["size"]:
            yield Breach(BLIND, f"entry {row['id']}: {picture['name']}")


@check
def nobody_came_after_the_deadline(evidence: Evidence) -> Iterator[Breach]:
    for row in evidence.entries:
        if row["arrived_at"] > row["closes_at"]:
            yield Breach(LATE, f"entry {row['id']} of {row['hall']}")


@check
def every_move_is_legal_and_in_the_journal(evidence: Evidence) -> Iterator[Breach]:
    rows = {
        **{("submissions_submission", row["id"]): row for row in evidence.entries},
        **{
            ("competitions_competition", row["id"]): row
            for row in evidence.competitions
        },
    }
    for key, row in rows.items():
        fault = fault_of_moves(
            TABLES[key[0]], evidence.journal.get(key, []), row["state"]
        )
        if fault:
            yield Breach(ILLEGAL, f"{key[0]} {key[1]}: {fault}")


def fault_of_moves(machine: StateMachine, acts: list[Row], now: str) -> str:
    """Follow the journal from the first state to the present one."""
    state: str | None = None
    for act in acts:
        if "state" not in act["changes"]:
            continue
        old, new = act["changes"]["state"]
        legal = machine.allows(old, new) if old else new == machine.initial
        if old != state or not legal:
            return f"{old} → {new}, after {state}"
        state = new
    return "" if state == now else f"it is {now}, the journal says {state}"


@check
def the_books_balance(evidence: Evidence) -> Iterator[Breach]:
    """received = approved + rejected + disqualified + withdrawn + in work."""
    for contest in evidence.competitions:
        rows = [
            row for row in evidence.entries if row["competition_id"] == contest["id"]
        ]
        states = [row["state"] for row in rows if row["received_at"] is not None]
        known = sum(state in (*ENDED, *IN_WORK) for state in states)
        missing = {
            account.work
            for account in evidence.accounts.values()
            if account.hall == contest["slug"]
            and account.outcome == outcomes.ACKNOWLEDGED
        } - {row["idempotency_key"] for row in rows if row["received_at"]}
        if known != len(states) or missing:
            what = f"{len(states)} received, {known} accounted, {len(missing)} missing"
            yield Breach(UNBALANCED, f"{contest['slug']}: {what}")


@check
def staging_was_swept(evidence: Evidence) -> Iterator[Breach]:
    for name in evidence.staged(STAGED_SECONDS):
        yield Breach(LEFTOVER, name)
