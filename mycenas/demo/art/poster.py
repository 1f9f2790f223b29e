"""A sponsor's picture: sheets of paper in a fan of colors, and a name."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from mycenas.demo.art.brush import (
    SMOOTH,
    Color,
    Point,
    Size,
    along,
    color,
    colors,
    field,
    grain,
    lay,
    levels,
    mix,
    moved,
    paper,
    polygon,
    stroke_mask,
)

SIZE: Size = (1200, 628)
SPONSOR = "Halden Paper"
POSTER = (
    # ground, sheets from back to front, lettering
    ("#f3ecdf", ("#123a4a", "#2a7f86", "#e9c46a", "#f4a261", "#e4572e"), "#17303a"),
    ("#16212e", ("#f6e7cb", "#eab464", "#c8553d", "#7c3f58", "#2d2a4a"), "#f6e7cb"),
    ("#eef0ea", ("#1d3b2f", "#3f7d5c", "#a8c686", "#f1e3a4", "#f28f6b"), "#1d3b2f"),
)


def poster(seed: int) -> Image.Image:
    """Return a 1200 by 628 picture for a paper maker's campaign."""
    dice = random.Random(f"poster:{seed}")
    ground, sheets, ink = POSTER[seed % len(POSTER)]
    base = paper(dice, SIZE, color(ground))
    count = 15
    for index in range(count):
        tone = along(colors(sheets), index / (count - 1))
        lay_sheet(base, dice, index / (count - 1), tone)
    letter(base, color(ink))
    return grain(base, dice, 5)


def lay_sheet(
    base: Image.Image, dice: random.Random, share: float, tone: Color
) -> None:
    """Lay one curling sheet over the others, with shadow, shine and fibers."""
    outline = curl(dice, share)
    mask = stroke_mask(SIZE, lambda draw: polygon(draw, outline))
    shadow = moved(mask, -9, 5).filter(ImageFilter.GaussianBlur(9))
    lay(base, (18, 14, 20), shadow, 0.38)
    fibers = levels(field(dice, SIZE, 260, 2, 0.8), 0, 1)
    body = Image.composite(
        Image.new("RGB", SIZE, mix(tone, (255, 255, 255), 0.12)),
        Image.new("RGB", SIZE, mix(tone, (0, 0, 0), 0.12)),
        ImageChops.multiply(fibers, side_light()),
    )
    base.paste(body, (0, 0), mask)
    edge = ImageChops.subtract(mask, moved(mask, 2, 0))
    lay(base, mix(tone, (255, 255, 255), 0.6), edge, 0.8)


def side_light() -> Image.Image:
    """Return light that falls off to the right."""
    gradient = Image.linear_gradient("L").rotate(-90).resize(SIZE, SMOOTH)
    return gradient.point(lambda level: 110 + level * 0.57)


def curl(dice: random.Random, share: float) -> list[Point]:
    """Return the outline of a sheet whose left edge waves."""
    width, height = SIZE
    left = width * (0.36 + 0.56 * share)
    swing = width * 0.075
    phase = 0.9 + share * 2.6 + dice.uniform(-0.05, 0.05)
    edge = []
    for step in range(81):
        level = step / 80
        wave = math.sin(level * 3.6 + phase) + 0.35 * math.sin(level * 7.5 - phase)
        edge.append(
            (left + swing * wave + width * 0.16 * (level - 0.5), height * level)
        )
    return [*edge, (width + 60, height), (width + 60, 0)]


def letter(base: Image.Image, ink: Color) -> None:
    """Set the sponsor's name, quietly, in the free corner."""
    draw = ImageDraw.Draw(base)
    top = SIZE[1] - 150
    draw.line((72, top - 26, 132, top - 26), fill=ink, width=3)
    for row, word in enumerate(SPONSOR.split()):
        draw.text((70, top + 46 * row), word, fill=ink, font=ImageFont.load_default(42))
