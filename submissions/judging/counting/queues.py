"""Draws the order of each juror's entries again and compares it with the published one.

A juror's entries come in the order of ``drawn(seed, entries, purpose + "\\n" + tag)``,
where ``entries`` are all entries of the round and ``tag`` stands for the juror.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterable
from typing import Any

from mycenas.core.canonical import canonical_bytes, read_canonical
from mycenas.core.draws.drawing import commitment, drawn, list_digest

QUEUES_FORMAT = "mycenas-queues/1"
QUEUES_USAGE = "python3 -I queues.py results.zip [SHA-256 of the seed as committed]"


def queue_bytes(
    purpose: str,
    seed: bytes,
    entries: Iterable[str],
    queues: Iterable[tuple[str, list[str]]],
) -> bytes:
    """The canonical document; ``queues`` are pairs of a juror's tag and entries."""
    listed = sorted(entries)
    return canonical_bytes(
        {
            "format": QUEUES_FORMAT,
            "purpose": purpose,
            "seed": seed.hex(),
            "commitment": commitment(seed),
            "list_digest": list_digest(listed),
            "entries": listed,
            "queues": [{"tag": tag, "entries": own} for tag, own in sorted(queues)],
        }
    )


def queue_faults(data: bytes, committed: str) -> list[str]:
    """Report each difference as a sentence; none is an order that was drawn."""
    document: dict[str, Any] = read_canonical(data)
    seed, entries = bytes.fromhex(document["seed"]), document["entries"]
    faults = []
    if document["format"] != QUEUES_FORMAT:
        faults.append("queues.json has another format.")
    if document["commitment"] != commitment(seed):
        faults.append("The seed is not the one of its SHA-256.")
    if committed and committed != commitment(seed):
        faults.append("The seed is not the one that was committed.")
    if document["list_digest"] != list_digest(entries):
        faults.append("The list of entries is not the one of its SHA-256.")
    tags = [queue["tag"] for queue in document["queues"]]
    if len(set(tags)) != len(tags):
        faults.append("A tag is there twice.")
    for tag, own in ((queue["tag"], queue["entries"]) for queue in document["queues"]):
        order = drawn(seed, entries, f"{document['purpose']}\n{tag}")
        if own != [entry for entry in order if entry in set(own)]:
            faults.append(f"The entries of {tag} are not in the order that was drawn.")
    return faults


def main(arguments: list[str]) -> int:
    """The exit code is 0 only if each order is the one that was drawn."""
    if not 1 <= len(arguments) <= 2:
        sys.stderr.write(f"{QUEUES_USAGE}\n")
        return 2
    try:
        with zipfile.ZipFile(arguments[0]) as package:
            faults = queue_faults(
                package.read("queues.json"), "".join(arguments[1:]).lower()
            )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        faults = [str(error)]
    for fault in faults or ["Each juror's entries are in the order that was drawn."]:
        sys.stdout.write(f"{fault}\n")
    return 1 if faults else 0
