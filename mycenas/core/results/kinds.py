"""The kinds of results; apps add theirs in ``AppConfig.ready()``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ResultKind:
    """One kind of result, of rows of ``table``.

    ``inputs`` gets the row's primary key and gives the canonical document that is
    counted; ``count`` makes the canonical document of the ranking from it, and nothing
    else. ``require`` gets the row's primary key and a person, and raises
    ``ProblemError`` unless the person may propose and confirm another result.
    """

    name: str
    table: str
    inputs: Callable[[int], bytes]
    count: Callable[[bytes], bytes]
    require: Callable[[int, Any], object]

    @property
    def superseding(self) -> str:
        """The kind of approval that a superseding result needs."""
        return f"{self.name}.supersede"


_kinds: dict[str, ResultKind] = {}


def add_kind(kind: ResultKind) -> None:
    _kinds[kind.name] = kind


def kind_named(name: str) -> ResultKind:
    return _kinds[name]
