"""The document that is counted: everything that the ranking depends on, and no more."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from mycenas.core.canonical import canonical_bytes, read_canonical, sha256

INPUTS_FORMAT = "mycenas-round/1"
NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?")
LISTS = ("entries", "jurors", "recused", "readings", "ties", "draw")
HEAD = {"format": str, "method": str, "version": int, "parameters": dict, "quorum": int}


class CountingError(ValueError):
    """What cannot be counted, as a sentence for people."""


@dataclass(frozen=True)
class Inputs:
    """The checked document: ``readings`` has what each juror said, row by row."""

    digest: str
    method: str
    version: int
    parameters: dict[str, Any]
    quorum: int
    entries: list[str]
    jurors: list[str]
    recused: list[list[str]]
    readings: list[dict[str, Any]]
    ties: list[str]
    draw: list[str]


def read_inputs(data: bytes, method: str, version: int) -> Inputs:
    """Check the parts that all methods share; each method checks its own."""
    document = read_canonical(data)
    require_fields(document, HEAD | dict.fromkeys(LISTS, list), "The document")
    about = (document.pop("format"), document["method"], document["version"])
    if about != (INPUTS_FORMAT, method, version):
        raise CountingError(f"The document is not one of method {method} {version}.")
    inputs = Inputs(digest=sha256(data), **document)
    for name in ("entries", "jurors", "recused", "readings"):
        # In the order of their bytes, none twice: the same facts have one document.
        keys = [canonical_bytes(row) for row in document[name]]
        if keys != sorted(set(keys)):
            raise CountingError(f"The {name} are not sorted, or one is there twice.")
    if not all(isinstance(one, str) and one for one in inputs.entries + inputs.jurors):
        raise CountingError("An entry or juror has no name.")
    if sorted(inputs.draw) != inputs.entries:
        raise CountingError("The draw does not contain every entry once.")
    for pair in inputs.recused:
        if len(pair) != 2 or pair[0] not in inputs.jurors:
            raise CountingError(f"{pair} names no juror with an entry.")
    return inputs


def require_fields(row: Any, fields: Mapping[str, type], what: str) -> None:
    """Exactly these fields of exactly these types: nothing is counted by chance."""
    if not isinstance(row, dict) or set(row) != set(fields):
        names = ", ".join(sorted(fields))
        raise CountingError(f"{what} does not have exactly the fields {names}.")
    for name, kind in fields.items():
        if type(row[name]) is not kind:
            raise CountingError(f"{what}: {name} is not of type {kind.__name__}.")


def require_reading(inputs: Inputs, juror: str, entries: Collection[str]) -> None:
    """The juror and the entries exist, and the juror is recused from none of them."""
    if juror not in inputs.jurors:
        raise CountingError(f"A reading is by {juror}, who is no juror of the round.")
    for entry in entries:
        if entry not in inputs.entries:
            raise CountingError(f"{juror} read {entry}, which is not in the round.")
        if [juror, entry] in inputs.recused:
            raise CountingError(f"{juror} is recused from {entry}, but read it.")
    if len(set(entries)) != len(entries):
        raise CountingError(f"A reading of {juror} names an entry twice.")


def require_new(name: str, known: Collection[str]) -> str:
    if name in known:
        raise CountingError(f"{name} is there twice where it may be once.")
    return name


def require_ties(inputs: Inputs, known: Collection[str]) -> None:
    for name in inputs.ties:
        if name not in known or inputs.ties.count(name) > 1:
            raise CountingError(f"The tie-break {name!r} is unknown or there twice.")


def exact_number(text: str, what: str) -> Fraction:
    """A decimal number, written out: neither an exponent nor a float."""
    if not NUMBER.fullmatch(text):
        raise CountingError(f"{what} is not a decimal number: {text!r}.")
    return Fraction(text)
