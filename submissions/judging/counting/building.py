"""Makes the document that is counted, in its one order, from facts in any order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mycenas.core.canonical import canonical_bytes
from submissions.judging.counting.inputs import INPUTS_FORMAT
from submissions.judging.counting.methods import METHODS


def input_bytes(
    method: str,
    parameters: Mapping[str, Any],
    readings: Iterable[Mapping[str, Any]],
    *,
    entries: Iterable[str],
    jurors: Iterable[str],
    draw: Iterable[str],
    recused: Iterable[tuple[str, str]] = (),
    quorum: int = 0,
    ties: Iterable[str] = (),
) -> bytes:
    """The canonical bytes. What is there twice stays so, and is refused later."""
    return canonical_bytes(
        {
            "format": INPUTS_FORMAT,
            "method": method,
            "version": METHODS[method].VERSION,
            "parameters": dict(parameters),
            "entries": sorted(entries),
            "jurors": sorted(jurors),
            "recused": sorted([juror, entry] for juror, entry in recused),
            "readings": sorted((dict(row) for row in readings), key=canonical_bytes),
            "quorum": quorum,
            "ties": list(ties),
            "draw": list(draw),
        }
    )
