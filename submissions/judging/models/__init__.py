"""Jury rounds and what belongs to them."""

from __future__ import annotations

from submissions.judging.models.assignment import (
    Assignment,
    Conflict,
    Remark,
    Score,
)
from submissions.judging.models.parts import Candidate, Criterion, Juror
from submissions.judging.models.round import Round

__all__ = [
    "Assignment",
    "Candidate",
    "Conflict",
    "Criterion",
    "Juror",
    "Remark",
    "Round",
    "Score",
]
