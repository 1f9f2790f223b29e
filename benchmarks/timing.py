"""Interleaved rounds, medians, ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Act = Callable[[], object]


@dataclass(frozen=True)
class Result:
    """Ratios by name; 1.0 is the same benchmark's ``base``.

    ``figures`` are what was measured, by name; ``skipped`` tells what was not, and why.
    """

    name: str
    base: str
    rounds: int
    ratios: dict[str, float] = field(default_factory=dict)
    figures: dict[str, dict[str, float]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


def seconds(act: Act) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def compare(
    name: str,
    variants: Mapping[str, Act],
    *,
    base: str,
    rounds: int,
    between: Act = lambda: None,
) -> Result:
    """Time all variants in turn, round after round; medians relative to ``base``.

    In turn, so that whatever else the machine does meets all of them alike.
    ``between`` runs untimed after each variant.
    """
    found: dict[str, list[float]] = {variant: [] for variant in variants}
    for _ in range(rounds):
        for variant, act in variants.items():
            found[variant].append(seconds(act))
            between()
    medians = {key: statistics.median(times) for key, times in found.items()}
    ratios = {key: round(value / medians[base], 2) for key, value in medians.items()}
    figures = {key: {"ms": round(1000 * value, 1)} for key, value in medians.items()}
    return Result(name, base, rounds, ratios, figures)
