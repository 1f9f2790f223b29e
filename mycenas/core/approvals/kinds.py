"""The kinds of acts that need two persons; apps add theirs in ``AppConfig.ready()``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mycenas.core.approvals.models import Approval


@dataclass(frozen=True)
class ApprovalKind:
    """One kind of act on rows of ``table``.

    ``require`` gets the row's primary key and a person, and raises ``ProblemError``
    unless the person may propose and decide on the act. ``act`` gets the confirmed
    approval and the person who confirmed it, and does what was proposed, in the
    transaction of the confirmation.
    """

    name: str
    table: str
    require: Callable[[int, Any], object]
    act: Callable[[Approval, Any], object]


_kinds: dict[str, ApprovalKind] = {}


def add_kind(kind: ApprovalKind) -> None:
    _kinds[kind.name] = kind


def kind_named(name: str) -> ApprovalKind:
    return _kinds[name]
