"""Counts the inputs of a ``results.zip`` again and compares the result's bytes."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable
from typing import Any

from mycenas.core.canonical import read_canonical, sha256

USAGE = "python3 -I replay.py results.zip [SHA-256 of result.json as published]"


def replay(path: str, published: str, count: Callable[[bytes], bytes]) -> list[str]:
    """Report each difference as a sentence; an empty list is a reproduced result."""
    with zipfile.ZipFile(path) as package:
        if len(set(package.namelist())) != len(package.namelist()):
            return ["The package has two files of one name."]
        inputs, result = package.read("inputs.json"), package.read("result.json")
    sealed: dict[str, Any] = read_canonical(result)
    sys.stdout.write(f"inputs.json {sha256(inputs)}\nresult.json {sha256(result)}\n")
    faults = []
    if sealed.get("inputs") != sha256(inputs):
        faults.append("inputs.json is not the document that the result was made from.")
    if published and published != sha256(result):
        faults.append("result.json is not the result that was published.")
    if count(inputs) != result:
        faults.append("Counting inputs.json does not make result.json.")
    return faults


def main(arguments: list[str], count: Callable[[bytes], bytes]) -> int:
    """The exit code is 0 only if the result is reproduced."""
    if not 1 <= len(arguments) <= 2:
        sys.stderr.write(f"{USAGE}\n")
        return 2
    try:
        faults = replay(arguments[0], "".join(arguments[1:]).lower(), count)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        faults = [str(error)]
    for fault in faults or ["The result is reproduced byte for byte."]:
        sys.stdout.write(f"{fault}\n")
    return 1 if faults else 0
