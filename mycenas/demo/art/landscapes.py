"""Ridges in mist, and a printed sea."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageDraw

from mycenas.demo.art.brush import (
    WHITE,
    Point,
    Size,
    below,
    colors,
    disk,
    glow,
    gradient,
    lay,
    light,
    mask,
    mix,
    noise,
    polygon,
    profile,
    times,
)

MIST = (
    # sky from top to horizon, sun, far ridge, near ridge
    "4d6a8f a8b7c7 f4d9bd fbe6cf fff1d6 a9b9d6 123a63",
    "20304f 6b6289 d98f86 f7c69b ffe0b0 b98a9c 2c1450",
    "8fb3ad c6d8cb eee8d2 f7efdc fffbe9 a9c0b6 06483f",
)
SEA = (
    # ink, paper, sun
    "1c3049 f1e7d3 d8573c",
    "123c3a f4ead0 e7a13b",
    "2b2233 efe3d8 c9434f",
)


def mist(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """Mountain ridges, one behind the other, paling into morning mist."""
    width, height = size
    *sky, sun, far, near = colors(MIST[pick % len(MIST)])
    base = gradient(size, sky)
    center = (width * dice.uniform(0.2, 0.8), height * dice.uniform(0.22, 0.42))
    halo = glow(size, center, min(size) * 0.9, 2.6).point(lambda level: level * 0.6)
    base = light(base, sun, halo)
    circle = disk(center, min(size) * 0.045, 2)
    spot = mask(size, lambda draw: draw.ellipse(circle, fill=255))
    lay(base, mix(sun, WHITE, 0.5), spot, 0.92)
    clouds = noise(dice, (max(2, width // 7), height), 7, 5, 0.55).resize(size)
    lay(base, sky[-1], clouds.point(lambda level: level * 0.8 - 88), 0.5)
    rough, down = noise(dice, size, 26, 3, 0.6), range(255, -1, -1)
    count = dice.randrange(6, 9)
    for index in range(count):
        depth = index / (count - 1)
        tone = mix(far, near, depth**1.25)
        foot = mix(tone, mix(far, sky[-1], 0.3), 0.5)
        top = 0.40 + 0.50 * depth**1.15
        slope = gradient(size, (tone, foot), top - 0.10, top + 0.20)
        slope = times(slope, rough.point([round(255 - v * depth / 6) for v in down]))
        base.paste(slope, (0, 0), below(size, ridge(dice, size, top, depth)))
    return base


def ridge(dice: random.Random, size: Size, top: float, depth: float) -> list[Point]:
    """Return the outline of one ridge; nearer ones are larger and rougher."""
    width, height = size
    line = profile(dice, 901, dice.uniform(3.2, 4.8) - 1.2 * depth, 8, 0.47)
    swing = 0.075 + 0.05 * depth
    return [
        (x * width / 900, height * (top - swing * (0.7 - 1.6 * abs(value))))
        for x, value in enumerate(line)
    ]


def sea(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """A swell cut into wood: lines that thicken in the trough, a printed sun."""
    ink, sheet, sun = colors(SEA[pick % len(SEA)])
    base = Image.new("RGB", size, sheet)
    horizon = size[1] * dice.uniform(0.32, 0.54)
    radius = min(size) * dice.uniform(0.13, 0.27)
    center = (size[0] * dice.uniform(0.22, 0.78), horizon - radius * 0.3)
    lay(base, sun, mask(size, lambda d: cut_sun(d, size[0], center, radius)), 1)
    lay(base, ink, mask(size, lambda draw: sky_lines(draw, dice, size, horizon)), 0.9)
    lay(base, ink, mask(size, lambda d: swell(d, dice, size, horizon, center[0])), 1)
    worn = noise(dice, size, 300, 2, 0.7)
    lay(base, sheet, worn.point([0] * 215 + [255] * 41), 0.4)
    return base


def cut_sun(
    draw: ImageDraw.ImageDraw, width: int, center: Point, radius: float
) -> None:
    """Draw a sun disk that ends at the horizon, with slits cut into its foot."""
    draw.ellipse(disk(center, radius, 2), fill=255)
    horizon = center[1] + radius * 0.3
    slits = [(horizon, radius)]
    for step in range(6):
        level = horizon - radius * (0.05 + 0.13 * step)
        slits.append((level, radius * (0.055 - 0.008 * step)))
    for level, thick in slits:
        draw.rectangle((0, level * 2, width * 2, (level + thick) * 2), fill=0)


def sky_lines(
    draw: ImageDraw.ImageDraw, dice: random.Random, size: Size, horizon: float
) -> None:
    """Draw wavering lines that thin out towards the horizon."""
    unit = min(size)
    level, gap = unit * 0.012, unit * 0.014
    while level < horizon * 0.93:
        share = level / horizon
        thick = unit * 0.0042 * (1 - share) ** 1.3 + 0.4
        waves = enumerate(profile(dice, 81, 2, 3, 0.5))
        line = [(x * size[0] / 80, level + gap * v / 2, thick) for x, v in waves]
        ribbon(draw, line)
        level += gap * (1 + 0.7 * share)


def swell(
    draw: ImageDraw.ImageDraw,
    dice: random.Random,
    size: Size,
    horizon: float,
    sun: float,
) -> None:
    """Draw the water: each line a wave whose thickness is its shadow."""
    width, height = size
    phases = [dice.uniform(0, math.tau) for _ in range(3)]
    level, row = horizon, 0
    while level < height * 1.08:
        near = (level - horizon) / (height - horizon)
        gap = min(size) * (0.0065 + 0.021 * near)
        line = []
        for step in range(261):
            share = step / 260
            swing = share * (17 - 11 * near) + phases[0] + row * 0.21
            short = math.sin(share * (47 - 29 * near) + phases[1] - row * 0.37)
            tiny = math.sin(share * 90 + phases[2] + row * 1.7)
            lift = 1.5 * math.sin(swing) + 0.45 * short + 0.10 * tiny
            away = (share * width - sun) / (width * (0.05 + 0.10 * near))
            glitter = 0.42 + 0.22 * math.sin(row * 2.3 + share * 60)
            shade = 0.50 + 0.24 * math.cos(swing) + 0.10 * short
            shade -= math.exp(-(away**2)) * glitter
            thick = gap * max(0.05, min(0.92, shade))
            line.append((share * width, level + gap * lift, thick))
        ribbon(draw, line)
        level, row = level + gap, row + 1


def ribbon(draw: ImageDraw.ImageDraw, line: list[tuple[float, float, float]]) -> None:
    """Fill a line whose thickness changes along its way."""
    upper = [(x, y - thick / 2) for x, y, thick in line]
    polygon(draw, upper + [(x, y + thick / 2) for x, y, thick in reversed(line)])
