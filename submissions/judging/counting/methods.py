"""The methods by name, and the package that a stranger can check."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from types import ModuleType

from mycenas.core.canonical import read_canonical
from submissions.judging.counting import (
    borda,
    bradley_terry,
    stv,
    weighted,
    yes_no_maybe,
)
from submissions.judging.counting.inputs import CountingError
from submissions.judging.counting.script import queues_script, replay_script

METHODS: dict[str, ModuleType] = {
    module.NAME: module
    for module in (weighted, yes_no_maybe, borda, stv, bradley_terry)
}
# The oldest moment that a ZIP file can name: equal contents are equal bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)


def count(inputs: bytes) -> bytes:
    """The ranking document of an input document, by the method that it names."""
    counted: Callable[[bytes], bytes] = _method(inputs).count
    return counted(inputs)


def results_zip(inputs: bytes) -> bytes:
    """The package of what these inputs make."""
    return packed(inputs, count(inputs))


def packed(inputs: bytes, result: bytes, queues: bytes = b"") -> bytes:
    """The package: inputs, result, and the program that makes one from the other.

    With ``queues`` also the order of each juror's entries, and what draws it again.
    """
    files = {
        "inputs.json": inputs,
        "replay.py": replay_script(_method(inputs)).encode(),
        "result.json": result,
    }
    if queues:
        files |= {"queues.json": queues, "queues.py": queues_script().encode()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            package.writestr(info, data)
    return buffer.getvalue()


def _method(inputs: bytes) -> ModuleType:
    document = read_canonical(inputs)
    name = document.get("method") if isinstance(document, dict) else None
    if name not in METHODS:
        raise CountingError(f"There is no method {name!r}.")
    return METHODS[name]
