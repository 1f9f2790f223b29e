"""Dunes in low sun."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops

from mycenas.demo.art.brush import (
    SMOOTH,
    Color,
    Point,
    Size,
    color,
    colorize,
    colors,
    compute,
    field,
    glow,
    light,
    mix,
    polygon,
    profile,
    stroke_mask,
    upright_gradient,
)

DUNES = (
    # sky, light sand, shadow
    (("#7fb1cf", "#cfe1e2", "#f6e7cf"), "#f2c48d", "#8a4f3d"),
    (("#e7a977", "#f4cfa0", "#fbe8c6"), "#efa765", "#6c2f36"),
    (("#30395f", "#8d7391", "#eab8a0"), "#dba283", "#3b2746"),
    (("#b9d3d0", "#e3e8dc", "#f8f0e0"), "#ecd7b8", "#93836f"),
)


def dunes(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """Dunes in low sun: one flank lit, one in shade, ripples in the sand."""
    width, height = size
    sky, lit, shade = DUNES[pick % len(DUNES)]
    base = upright_gradient((width, height // 2), colors(sky)).resize(size)
    away = dice.choice((-1, 1))
    sun = (width * (0.5 - 0.36 * away), height * 0.17)
    base = light(base, (255, 240, 214), glow(size, sun, max(size) * 0.7, 2.8))
    air = color(sky[-1])
    ripples = ripple_field(dice, size)
    count = dice.randrange(5, 7)
    for index in range(count):
        depth = index / (count - 1)
        tones = [mix(air, color(code), 0.35 + 0.65 * depth) for code in (lit, shade)]
        dune(base, dice, depth, (tones[0], tones[1]), ripples, away)
    return base


def ripple_field(dice: random.Random, size: Size) -> Image.Image:
    """Return fine wind ripples as gray levels around the middle."""
    count = 150 * size[1] / max(size)
    bend = field(dice, size, 4, 3)
    slope = Image.linear_gradient("L").convert("F").resize(size, SMOOTH)
    phase = compute(
        lambda a: (a["s"] / 255 * count + a["b"] * 16) * 64, s=slope, b=bend
    ).convert("I")
    wave = [round(128 + 90 * math.sin(v * math.tau / 64)) for v in range(65536)]
    return phase.point(wave, "L")


def dune(
    base: Image.Image,
    dice: random.Random,
    depth: float,
    tones: tuple[Color, Color],
    ripples: Image.Image,
    away: int,
) -> None:
    """Paint one dune over those behind it, shaded on the side away from the sun."""
    width, height = base.size
    peak, crest = dune_crest(dice, base.size, depth)
    floor = [(width, height), (0, height)]
    body = stroke_mask(base.size, lambda draw: polygon(draw, [*crest, *floor]))
    lit, shade = tones
    sand = upright_gradient(base.size, [mix(lit, (255, 250, 235), 0.30), lit, shade])
    sand = Image.blend(sand, colorize(ripples, [shade, lit]), 0.06 + 0.12 * depth)
    base.paste(sand, (0, 0), body)
    flank = flank_mask(dice, base.size, crest, peak, away)
    base.paste(shade, (0, 0), ImageChops.multiply(flank, body))


def dune_crest(
    dice: random.Random, size: Size, depth: float
) -> tuple[int, list[Point]]:
    """Return the outline of one dune and the index of its highest point."""
    width, height = size
    count = 400
    top = height * (0.44 + 0.46 * depth)
    swing = height * (0.06 + 0.20 * depth)
    line = profile(dice, count + 1, 1.4 + 1.6 * (1 - depth), 2, 0.25)
    summit = dice.uniform(0.12, 0.88)
    crest = []
    for index, value in enumerate(line):
        far = abs(index / count - summit)
        lift = math.exp(-((far / 0.26) ** 1.35))
        crest.append((index * width / count, top + swing * (0.3 * value - lift)))
    return min(range(count + 1), key=lambda index: crest[index][1]), crest


def flank_mask(
    dice: random.Random, size: Size, crest: list[Point], peak: int, away: int
) -> Image.Image:
    """Return the shaded flank: sharp along the ridge, fading behind it.

    `away` is 1 when the sun stands on the left and -1 when on the right.
    """
    width, height = size
    x, y = crest[peak]
    drift, sway = away * width * dice.uniform(-0.12, 0.16), width * 0.06
    turn = dice.uniform(1.1, 1.9) * math.pi
    ridge = []
    for step in range(61):
        share = step / 60
        bend = away * sway * math.sin(share * turn) * share**0.5
        ridge.append((x + drift * share - bend, y + (height - y) * share**1.15))
    side = crest[peak:] if away > 0 else crest[peak::-1]
    corner = (width if away > 0 else 0, height)
    sharp = stroke_mask(size, lambda draw: polygon(draw, [*side, corner, *ridge[::-1]]))
    return ImageChops.multiply(sharp, side_fade(size, x))


def side_fade(size: Size, center: float) -> Image.Image:
    """Return gray that is white at a column and darker far from it."""
    row = Image.new("L", (size[0], 1))
    reach = size[0] * 0.4
    far = [abs(x - center) / reach for x in range(size[0])]
    row.putdata([round(255 * (0.45 + 0.55 * math.exp(-share))) for share in far])
    return row.resize(size)
