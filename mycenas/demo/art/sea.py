"""A swell and a sun, as if cut into wood."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageDraw

from mycenas.demo.art.brush import (
    Point,
    Size,
    color,
    lay,
    noise,
    polygon,
    profile,
    stroke_mask,
)

SEA = (
    # ink, paper, sun
    ("#1c3049", "#f1e7d3", "#d8573c"),
    ("#123c3a", "#f4ead0", "#e7a13b"),
    ("#2b2233", "#efe3d8", "#c9434f"),
    ("#0f2a52", "#f6f0e2", "#e9b44c"),
)


def sea(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """A swell cut into wood: lines that thicken in the trough, a printed sun."""
    width, height = size
    ink, sheet, sun = (color(code) for code in SEA[pick % len(SEA)])
    base = Image.new("RGB", size, sheet)
    horizon = height * dice.uniform(0.32, 0.54)
    radius = min(size) * dice.uniform(0.13, 0.27)
    center = (width * dice.uniform(0.22, 0.78), horizon - radius * 0.3)
    lay(base, sun, cut_sun(size, center, radius, horizon))
    lay(base, ink, stroke_mask(size, lambda d: sky_lines(d, dice, size, horizon)), 0.9)
    swell = stroke_mask(size, lambda d: swell_lines(d, dice, size, horizon, center[0]))
    lay(base, ink, swell)
    worn = noise(dice, size, 300, 2, 0.7)
    lay(base, sheet, worn.point([255 if v > 214 else 0 for v in range(256)]), 0.4)
    return base


def cut_sun(size: Size, center: Point, radius: float, horizon: float) -> Image.Image:
    """Return a sun disk that ends at the horizon, with slits cut into its foot."""
    x, y = center

    def disk(draw: ImageDraw.ImageDraw) -> None:
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse([side * 2 for side in box], fill=255)
        draw.rectangle((0, horizon * 2, size[0] * 2, size[1] * 2), fill=0)
        for slit in range(6):
            level = horizon - radius * (0.05 + 0.13 * slit)
            thick = radius * (0.055 - 0.008 * slit)
            draw.rectangle((0, level * 2, size[0] * 2, (level + thick) * 2), fill=0)

    return stroke_mask(size, disk)


def sky_lines(
    draw: ImageDraw.ImageDraw, dice: random.Random, size: Size, horizon: float
) -> None:
    """Draw thin wavering lines that thin out towards the horizon."""
    width = size[0]
    level, gap = min(size) * 0.012, min(size) * 0.014
    while level < horizon * 0.93:
        share = level / horizon
        thick = min(size) * 0.0042 * (1 - share) ** 1.3 + 0.4
        sway = profile(dice, 81, 2, 3, 0.5)
        ribbon(
            draw,
            [
                (x * width / 80, level + gap * 0.5 * v, thick)
                for x, v in enumerate(sway)
            ],
        )
        level += gap * (1 + 0.7 * share)


def swell_lines(
    draw: ImageDraw.ImageDraw,
    dice: random.Random,
    size: Size,
    horizon: float,
    sun: float,
) -> None:
    """Draw the water: each line a wave whose thickness is its shadow."""
    width, height = size
    phases = [dice.uniform(0, math.tau) for _ in range(4)]
    level, row = horizon, 0
    while level < height * 1.08:
        near = (level - horizon) / (height - horizon)
        gap = min(size) * (0.0065 + 0.021 * near)
        ribbon(
            draw,
            [
                wave_point(x / 260, near, row, gap, width, level, sun, phases)
                for x in range(261)
            ],
        )
        level += gap
        row += 1


def wave_point(
    share: float,
    near: float,
    row: int,
    gap: float,
    width: float,
    level: float,
    sun: float,
    phases: list[float],
) -> tuple[float, float, float]:
    """Return x, y and thickness of a water line at a share of the width."""
    x = share * width
    long = math.sin(share * (17 - 11 * near) + phases[0] + row * 0.21)
    short = math.sin(share * (47 - 29 * near) + phases[1] - row * 0.37)
    tiny = math.sin(share * 90 + phases[2] + row * 1.7)
    lift = gap * (1.5 * long + 0.45 * short + 0.10 * tiny)
    shade = 0.50 + 0.24 * math.cos(share * (17 - 11 * near) + phases[0] + row * 0.21)
    shade += 0.10 * short
    path = math.exp(-(((x - sun) / (width * (0.05 + 0.10 * near))) ** 2))
    shade -= path * (0.42 + 0.22 * math.sin(row * 2.3 + share * 60))
    return x, level + lift, gap * max(0.05, min(0.92, shade))


def ribbon(draw: ImageDraw.ImageDraw, line: list[tuple[float, float, float]]) -> None:
    """Fill a line whose thickness changes along its way."""
    upper = [(x, y - thick / 2) for x, y, thick in line]
    lower = [(x, y + thick / 2) for x, y, thick in line]
    polygon(draw, upper + lower[::-1])
