"""The outcome of a siege, for people and for programs."""

from __future__ import annotations

import json
from typing import Any

from tests.siege.course import Outcome
from tests.siege.ledger import ACKNOWLEDGED, REFUSED, UNKNOWN


def as_dict(outcome: Outcome) -> dict[str, Any]:
    """Everything, for JSON."""
    return {
        "seed": outcome.seed,
        "minutes": outcome.minutes,
        "held": not outcome.breaches,
        "kills": outcome.kills.total(),
        "kills_by_kind": dict(outcome.kills),
        "acts": dict(outcome.acts),
        "lines": dict(outcome.lines),
        "uploads": outcome.works.total(),
        "acknowledged": outcome.works[ACKNOWLEDGED],
        "refused": outcome.works[REFUSED],
        "unknown": outcome.works[UNKNOWN],
        "lost": outcome.lost,
        "endings": dict(outcome.endings),
        "originals_without_row": outcome.orphans,
        "settled_seconds": outcome.settled_seconds,
        "skipped": outcome.skipped,
        "breaches": [str(breach) for breach in outcome.breaches],
    }


def in_words(outcome: Outcome) -> str:
    """What a person wants to know, the verdict last."""
    facts = as_dict(outcome)
    others = outcome.acts - outcome.kills
    lines = [
        "",
        f"Siege with seed {outcome.seed}, {outcome.minutes:g} minutes",
        f"  kills          {facts['kills']}",
        *_counted(outcome.kills),
        f"  other acts     {others.total()}",
        *_counted(others),
        f"  broken lines   {outcome.lines.total()}",
        *_counted(outcome.lines),
        f"  uploads        {facts['uploads']}",
        f"  acknowledged   {facts['acknowledged']}",
        f"  refused        {facts['refused']}",
        f"  unknown        {facts['unknown']}",
        f"  lost           {facts['lost']}",
        f"  entries now    {_listed(outcome.endings)}",
        f"  files without a row (kept, never acknowledged): {outcome.orphans}",
        f"  all entries had ended after {outcome.settled_seconds:g} s",
        *(f"  not done: {name}: {why}" for name, why in outcome.skipped.items()),
    ]
    return "\n".join([*lines, *_verdict(outcome)])


def _counted(counts: dict[str, int]) -> list[str]:
    return [f"    {number:4}  {name}" for name, number in sorted(counts.items())]


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))


def _verdict(outcome: Outcome) -> list[str]:
    if not outcome.breaches:
        return ["Held: nothing that was acknowledged is lost, and no promise broken."]
    again = f"make siege SEED={outcome.seed} MINUTES={outcome.minutes:g}"
    breaches = [f"  {breach}" for breach in outcome.breaches[:50]]
    return [f"BROKEN in {len(outcome.breaches)} places:", *breaches, f"Again: {again}"]


def as_json(outcome: Outcome) -> str:
    return json.dumps(as_dict(outcome), sort_keys=True)
