"""Landscapes of cut paper."""

from __future__ import annotations

import random

from PIL import Image, ImageChops, ImageFilter

from mycenas.demo.art.brush import (
    SMOOTH,
    Color,
    Size,
    color,
    colors,
    field,
    lay,
    levels,
    mix,
    moved,
    paper,
)

RELIEF = (
    # valley to summit, line
    (("#0b2d3a", "#1c5d63", "#7aa874", "#e8d8a0", "#f7f0e0"), "#0a1d24"),
    (("#2a1a3e", "#6d3a6d", "#c8576b", "#f0a26b", "#fce8b8"), "#1b1028"),
    (("#f4efe3", "#e6d7bd", "#d6b48c", "#b5735a", "#6b3a3a"), "#3b2424"),
    (("#0d1b2a", "#1b3a5c", "#4c7fa3", "#a9cde0", "#f4fbff"), "#0a1420"),
)


def relief(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """Cut paper in layers: a landscape that only a map could know."""
    stops, line = RELIEF[pick % len(RELIEF)]
    ground = field(dice, size, dice.uniform(2.8, 4.6), 4, 0.38)
    steps = dice.randrange(12, 17)
    base = paper(dice, size, colors(stops)[0])
    reach = min(size) / 1600
    for step in range(1, steps):
        edge = 0.12 + 0.76 * step / steps
        # A steep ramp instead of a threshold, so that the cut is smooth.
        mask = levels(ground, edge - 0.0006, edge + 0.0006)
        sheet(base, mask, (stops, step / (steps - 1)), color(line), reach)
    return base


def sheet(
    base: Image.Image,
    mask: Image.Image,
    place: tuple[tuple[str, ...], float],
    dark: Color,
    reach: float,
) -> None:
    """Lay one sheet of cut paper on the others, with its shadow and lit edge."""
    stops, share = place
    index = min(int(share * (len(stops) - 1)), len(stops) - 2)
    rest = share * (len(stops) - 1) - index
    tone = mix(color(stops[index]), color(stops[index + 1]), rest)
    small = mask.reduce(2).filter(ImageFilter.GaussianBlur(5 * reach))
    shadow = moved(small.resize(mask.size, SMOOTH), round(7 * reach), round(10 * reach))
    lay(base, dark, shadow, 0.42)
    lay(base, tone, mask)
    edge = ImageChops.subtract(
        mask, moved(mask, round(2 * reach) or 1, round(2 * reach) or 1)
    )
    lay(base, mix(tone, (255, 255, 255), 0.6), edge, 0.5)
