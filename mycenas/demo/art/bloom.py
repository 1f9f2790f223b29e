"""Petals set at the golden angle."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from mycenas.demo.art.brush import (
    SMOOTH,
    Color,
    Point,
    Size,
    color,
    colors,
    glow,
    light,
    mix,
    upright_gradient,
)

BLOOM = (
    # night behind, petals from heart to rim
    (("#0e1526", "#1d2b4a"), ("#fff3c9", "#ffc857", "#e9724c", "#c5283d", "#481d4f")),
    (("#0b2027", "#143c43"), ("#fdf6d8", "#f4d58d", "#80b9ad", "#3c6e9f", "#20305c")),
    (("#f5ece1", "#ecd9c6"), ("#5a1846", "#a2325a", "#e0696f", "#f2a98f", "#f8dcc4")),
    (("#1a1423", "#33203f"), ("#fef9ef", "#f7c1d0", "#d67ab1", "#7b5ea7", "#3a3b73")),
)


def bloom(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """Petals set at the golden angle, each throwing its shadow on the next."""
    ground, petals = BLOOM[pick % len(BLOOM)]
    base = upright_gradient(size, colors(ground))
    center = (size[0] * dice.uniform(0.38, 0.62), size[1] * dice.uniform(0.42, 0.58))
    base = light(
        base,
        color(petals[1]),
        glow(size, center, max(size) * 0.55, 2.2).point(lambda level: level * 0.25),
    )
    big = base.resize((size[0] * 2, size[1] * 2), SMOOTH)
    count = dice.randrange(230, 420)
    reach = min(size) * dice.uniform(0.5, 0.6)
    slim = dice.uniform(0.30, 0.5)
    tilt = dice.uniform(0, math.tau)
    heart(big, center, reach * 0.2, color(petals[0]))
    for index in range(count, 0, -1):
        share = index / count
        angle = index * math.pi * (3 - 5**0.5) + tilt
        petal(big, center, (angle, reach * share**0.62), (share, slim), colors(petals))
    small = big.reduce(2)
    soft = small.filter(ImageFilter.GaussianBlur(min(size) / 60))
    return Image.blend(small, ImageChops.screen(small, soft), 0.16)


def heart(big: Image.Image, center: Point, reach: float, tone: Color) -> None:
    """Fill the middle, where the first petals leave gaps."""
    x, y = center[0] * 2, center[1] * 2
    box = (x - reach, y - reach, x + reach, y + reach)
    ImageDraw.Draw(big).ellipse(box, fill=shade(tone))


def petal(
    big: Image.Image,
    center: Point,
    place: tuple[float, float],
    shape: tuple[float, float],
    stops: list[Color],
) -> None:
    """Paint one petal: shadow, then blade from dark foot to light tip."""
    angle, far = place
    share, slim = shape
    length = far * (0.50 + 0.14 * share) + 10
    x, y = center[0] * 2 + math.cos(angle) * far, center[1] * 2 + math.sin(angle) * far
    index = min(int(share * (len(stops) - 1)), len(stops) - 2)
    tone = mix(stops[index], stops[index + 1], share * (len(stops) - 1) - index)
    draw = ImageDraw.Draw(big, "RGBA")
    lift = length * 0.03 + 3
    blade(
        draw, (x + lift, y + lift * 1.6), angle, length * 1.04, slim, (*shade(tone), 90)
    )
    layers = 9
    for step in range(layers):
        part = 1 - step / layers
        deep = mix(shade(tone), mix(tone, (255, 255, 255), 0.10), 1 - part**1.6)
        tip = (
            x + math.cos(angle) * length * (1 - part) * 0.9,
            y + math.sin(angle) * length * (1 - part) * 0.9,
        )
        blade(
            draw, tip, angle, length * part, slim * (0.55 + 0.45 * part), (*deep, 255)
        )


def shade(tone: Color) -> Color:
    """Return the color of a petal where little light comes."""
    return mix(tone, (30, 8, 30), 0.72)


def blade(
    draw: ImageDraw.ImageDraw,
    foot: Point,
    angle: float,
    length: float,
    slim: float,
    fill: tuple[int, int, int, int],
) -> None:
    """Fill the outline of a petal with a pointed tip."""
    x, y = foot
    left, right = [], []
    for step in range(15):
        share = step / 14
        wide = length * slim * math.sin(math.pi * share**1.2) ** 1.1
        px, py = (
            x + math.cos(angle) * length * share,
            y + math.sin(angle) * length * share,
        )
        dx, dy = -math.sin(angle) * wide, math.cos(angle) * wide
        left.append((px + dx, py + dy))
        right.append((px - dx, py - dy))
    draw.polygon(left + right[::-1], fill=fill)
