"""Elections from BLT files, and the same counts by programs of others."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from functools import cached_property, partial
from pathlib import Path
from unittest import mock

import pyrankvote
from stvpoll import base
from stvpoll.abcs import PreferenceBallot
from stvpoll.scottish_stv import calculate_scottish_stv
from stvpoll.transfer_strategies import transfer_serial

from submissions.judging.counting import stv
from submissions.judging.counting.building import input_bytes

FIVE = Decimal("0.00001")


@dataclass(frozen=True)
class Election:
    seats: int
    names: tuple[str, ...]
    papers: tuple[tuple[tuple[str, ...], int], ...]

    @cached_property
    def result(self):
        return json.loads(stv.count(self.inputs()))

    def inputs(self, draw=None) -> bytes:
        voters = [f"V{number:05}" for number in range(len(self.papers))]
        readings = [
            {"juror": voter, "count": number, "ranking": list(ranking)}
            for voter, (ranking, number) in zip(voters, self.papers, strict=True)
        ]
        return input_bytes(
            "stv",
            {"seats": self.seats},
            readings,
            entries=self.names,
            jurors=voters,
            draw=draw or self.names,
        )


def read_blt(path: Path) -> Election:
    lines = [line.strip() for line in path.read_text().splitlines() if line.strip()]
    number, seats = map(int, lines[0].split()[:2])
    end = lines.index("0")
    names = tuple(line.strip('"') for line in lines[end + 1 : end + 1 + number])
    papers: Counter = Counter()
    for line in lines[1:end]:
        count, *ranking, _ = map(int, line.split())
        papers[tuple(names[n - 1] for n in ranking)] += count
    return Election(seats, names, tuple((row, n) for row, n in papers.items() if row))


def truncated(value: Decimal) -> Decimal:
    """Five decimal places, after what 28 digits could not hold of an exact quotient."""
    return round(value, 15).quantize(FIVE, rounding=ROUND_DOWN)


class ToContinuing:
    """Transfers one after the other, to entries that are not yet elected (rule 48)."""

    def __init__(self) -> None:
        self.tables: list[dict] = []

    def __call__(self, *, ballots, vote_count, transfers, standing, **rest):
        everybody = (*transfers, *standing)
        held: dict = {one: [] for one in (*everybody, None)}
        for ballot in ballots:
            held[ballot.get_next_preference(everybody)].append(ballot)
        for candidate in transfers:
            log, exhausted, after = transfer_serial(
                ballots=held[candidate],
                vote_count={one: vote_count[one] for one in (candidate, *standing)},
                transfers=(candidate,),
                standing=standing,
                **rest,
            )
            vote_count = vote_count | after
            self.tables.append(after)
        return log, exhausted, {one: vote_count[one] for one in standing}


def by_stvpoll(election: Election, **rules):
    return calculate_scottish_stv(
        election.names,
        election.papers,
        election.seats,
        pedantic_order=True,
        random_shuffle=False,
        **rules,
    )


def tables_by_stvpoll(election: Election) -> list[dict[str, str]]:
    """The votes after each transfer, of the entries that continue.

    Counted by stvpoll with the two rules that it has otherwise: it rounds values to the
    nearest, where rule 48 (3) ignores the remainder, and transfers papers to entries
    that are elected and wait for their own transfer. It may transfer surpluses when all
    seats are filled already.
    """
    transfer = ToContinuing()
    ballot = partial(PreferenceBallot, rounding=truncated)
    with mock.patch.object(base, "PreferenceBallot", ballot):
        result = by_stvpoll(election, transfer_strategy=transfer)
    tables = [result.rounds[0].votes, *transfer.tables]
    return [
        {one: str(votes.quantize(FIVE)) for one, votes in table.items()}
        for table in tables
    ]


def by_pyrankvote(election: Election) -> set[str]:
    people = {name: pyrankvote.Candidate(name) for name in election.names}
    ballots = [
        pyrankvote.Ballot(ranked_candidates=[people[name] for name in ranking])
        for ranking, number in election.papers
        for _ in range(number)
    ]
    result = pyrankvote.single_transferable_vote(
        list(people.values()), ballots, number_of_seats=election.seats
    )
    return {winner.name for winner in result.get_winners()}


def stages_of(election: Election) -> list[dict[str, str]]:
    """The votes at the end of each stage, of the entries that continue."""
    gone: set[str] = set()
    tables = []
    for stage in election.result["details"]["stages"]:
        gone |= {stage["entry"]}
        votes = stage["votes"].items()
        tables.append({one: number for one, number in votes if one not in gone})
        gone |= set(stage["elected"])
    return tables
