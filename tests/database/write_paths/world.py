"""One row of each machine in each state, and what else a move has to write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from campaigns import workflow as campaigning
from campaigns.states import CAMPAIGN, CampaignState
from competitions.states import COMPETITION, CompetitionState
from mycenas.core.db import database
from mycenas.core.states.machine import StateMachine
from mycenas.staff.exports.states import EXPORT, ExportState
from submissions.processing.workflow import write_renditions
from submissions.states import IN_WORK, PROCESSED, SUBMISSION, WITHOUT_FILE
from submissions.states import SubmissionState as S
from tests.factories import (
    DAY,
    PICTURE,
    AwardFactory,
    CampaignFactory,
    CompetitionFactory,
    ExportFactory,
    SubmissionFactory,
    confirmed_disqualification,
    contest,
    organizer_of,
)

MACHINES = (COMPETITION, SUBMISSION, CAMPAIGN, EXPORT)
# A move of each machine that must never happen; the rest are in test_machines.py.
FORBIDDEN = {
    "competition": (str(CompetitionState.CLOSED), str(CompetitionState.OPEN)),
    "submission": (str(S.WITHDRAWN), str(S.PENDING)),
    "campaign": (str(CampaignState.ENDED), str(CampaignState.RUNNING)),
    "export": (str(ExportState.EXPIRED), str(ExportState.DONE)),
}
ALLOWED = {
    "competition": (str(CompetitionState.DRAFT), str(CompetitionState.OPEN)),
    "submission": (str(S.PENDING), str(S.APPROVED)),
    "campaign": (str(CampaignState.DRAFT), str(CampaignState.SCHEDULED)),
    "export": (str(ExportState.QUEUED), str(ExportState.RUNNING)),
}
each_machine = pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)
TIMES = ("opened_at", "moderation_started_at", "closed_at", "winners_announced_at")
_FILE = (
    "received_at", "sha256", "size", "original",
    "receipt_issuer", "receipt_slug", "receipt_title",
)  # fmt: skip


def states(machine: StateMachine) -> list[str]:
    return [str(state.value) for state in machine.states]


def pairs(machine: StateMachine) -> list[tuple[str, str]]:
    """Every ordered pair of different states."""
    names = states(machine)
    return [(old, new) for old in names for new in names if old != new]


def illegal(machine: StateMachine) -> list[tuple[str, str]]:
    return [pair for pair in pairs(machine) if not machine.allows(*pair)]


class World(dict[tuple[str, str], Any]):
    """The rows by machine and state; each is made when it is first asked for."""

    def __missing__(self, key: tuple[str, str]) -> Any:
        name, state = key
        row = MAKERS[name](state)
        row.refresh_from_db()
        self[key] = row
        return row


def competition_in(state: str) -> Any:
    """A competition whose next step nothing but an illegal wish stands against."""
    if state in (CompetitionState.DRAFT, CompetitionState.OPEN):
        return CompetitionFactory(state=state, closes_at=timezone.now() - DAY / 2)
    competition = contest(state)
    if state == CompetitionState.CLOSED:
        AwardFactory(submission=competition.submissions.get())
    return competition


def submission_in(state: str) -> Any:
    entry = SubmissionFactory(state=state)
    if state == S.APPROVED:
        confirmed_disqualification(entry, "copied")
    if state == S.PROCESSING:
        with_pictures(entry)
    return entry


def with_pictures(entry: Any) -> Any:
    """The entry in *processing*, with pictures of its attempt: it may be reviewed."""
    if not entry.renditions.exists():
        write_renditions(entry, PICTURE)
    return entry


def campaign_in(state: str) -> Any:
    campaign = CampaignFactory(state=state)
    if state == CampaignState.DRAFT:
        campaigning.approve(campaign, by=organizer_of(campaign))
    return campaign


def export_in(state: str) -> Any:
    return ExportFactory(state=state)


MAKERS = {
    "competition": competition_in,
    "submission": submission_in,
    "campaign": campaign_in,
    "export": export_in,
}


def changes(machine: StateMachine, row: Any, new: str) -> dict[str, Any]:
    """The move to ``new`` with all columns that the CHECKs tie to it.

    With them it is never a CHECK that refuses, only what guards the move itself.
    """
    facts = {
        "competition": _facts_of_competition,
        "submission": _facts_of_entry,
        "campaign": _facts_of_campaign,
        "export": _facts_of_export,
    }[machine.name]
    found = {"state": new, **facts(row, new)}
    return {name: value for name, value in found.items() if value != getattr(row, name)}


def _facts_of_competition(row: Any, new: str) -> dict[str, Any]:
    now = database.now()
    reached = states(COMPETITION).index(new)
    return {
        column: (getattr(row, column) or now) if index < reached else None
        for index, column in enumerate(TIMES)
    }


def _facts_of_campaign(row: Any, new: str) -> dict[str, Any]:
    return {"ended_at": database.now() if new == CampaignState.ENDED else None}


def _facts_of_export(row: Any, new: str) -> dict[str, Any]:
    now, is_done = database.now(), new in (ExportState.DONE, ExportState.EXPIRED)
    is_over = is_done or new == ExportState.FAILED
    return {
        "lease_until": now if new == ExportState.RUNNING else None,
        "started_at": None if new == ExportState.QUEUED else row.started_at or now,
        "finished_at": (row.finished_at or now) if is_over else None,
        "expires_at": (row.expires_at or now) if is_done else None,
        "problem": "broken" if new == ExportState.FAILED else "",
        "sha256": "a" * 64 if is_done else None,
        "size": 1 if is_done else None,
        "row_count": 1 if is_done else None,
    }


def _facts_of_entry(row: Any, new: str) -> dict[str, Any]:
    return dict(_entry_facts(row, S(new), database.now()))


def _entry_facts(row: Any, new: S, now: Any) -> Iterator[tuple[str, Any]]:
    yield "lease_until", now if new == S.PROCESSING else None
    if row.state == S.RECEIVED and new == S.PROCESSING:
        yield "attempt", row.attempt + 1
    if row.state == S.PROCESSING and new == S.PENDING:
        with_pictures(row)
    yield "withdrawn_at", now if new == S.WITHDRAWN else None
    if new == S.EXPIRED:
        # Its window is not over yet.
        yield from (("refused_at", now), ("refusal", "No picture."))
    if new in WITHOUT_FILE:
        nothing = dict.fromkeys(_FILE)
        yield from nothing.items()
    elif new in (*IN_WORK, *PROCESSED) and row.received_at is None:
        # Of its own: a person enters the same file once.
        yield from (("received_at", now), ("sha256", f"{row.pk:064x}"), ("size", 1))
        yield from (("original", row.token), ("receipt_issuer", "x"))
    if new in PROCESSED and row.processed_at is None:
        yield from (("processed_at", now), ("media_type", "image/png"))
        yield from (("width", 1), ("height", 1))
    if new == S.QUARANTINED:
        yield "fault", "damaged"
    yield from _decision(row, new, now)


def _decision(row: Any, new: S, now: Any) -> Iterator[tuple[str, Any]]:
    if new in (S.REJECTED, S.DISQUALIFIED):
        yield "decision_reason", "blurred"
    if new == S.PENDING and row.state in (S.APPROVED, S.REJECTED):
        # Without a reason it would be an undo, which only the decider has.
        yield "decision_reason", "again"
        yield from (("decided_at", None), ("decided_by_id", None))
    if new in (S.APPROVED, S.REJECTED, S.DISQUALIFIED):
        yield from (("decided_at", now), ("decided_by_id", _decider(row, new)))


def _decider(row: Any, new: S) -> int:
    """A person who may decide that."""
    if row.state == S.APPROVED and new == S.DISQUALIFIED:
        # The guard of this move asks for what another person confirmed.
        return confirmed_disqualification(row, "blurred").decided_by_id or 0
    return organizer_of(row).pk


class Undo(Exception):
    """Ends a transaction that went well, to have it taken back."""


def taken_back(act: Any) -> Any:
    """What ``act`` returns; nothing of what it wrote stays."""
    found = []
    try:
        with transaction.atomic():
            found.append(act())
            raise Undo
    except Undo:
        return found[0]
