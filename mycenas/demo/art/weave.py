"""Ribbons woven by chance."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageDraw

from mycenas.demo.art.brush import (
    Color,
    Point,
    Size,
    color,
    colors,
    mix,
    noise,
)

WEAVE = (
    ("#1f2a36", ("#f2d7a0", "#e07a5f", "#81b29a", "#3d5a80")),
    ("#f2ebe0", ("#264653", "#2a9d8f", "#e9c46a", "#e76f51")),
    ("#2d1e2f", ("#f0a6ca", "#efc3e6", "#9c89b8", "#f7d6a5")),
    ("#123026", ("#e9e4c9", "#a3b18a", "#d9a441", "#588157")),
)


def weave(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """Ribbons on a grid of chance: over, under, around, without end."""
    ground, bands = WEAVE[pick % len(WEAVE)]
    across = dice.choice((6, 8, 10))
    side = math.ceil(min(size) * 2 / across)
    tiles = [truchet(side, color(ground), colors(bands), turn) for turn in range(4)]
    sheet = Image.new("RGB", (size[0] * 2, size[1] * 2))
    for y in range(0, sheet.height, side):
        for x in range(0, sheet.width, side):
            sheet.paste(dice.choice(tiles), (x, y))
    base = sheet.reduce(2)
    cloth = noise(dice, size, 3, 3).point(lambda level: 205 + level * 0.2)
    return ImageChops.multiply(base, Image.merge("RGB", (cloth,) * 3))


def truchet(side: int, ground: Color, bands: list[Color], turn: int) -> Image.Image:
    """Return one tile: two quarter rings of ribbons, or two that cross."""
    tile = Image.new("RGB", (side, side), ground)
    if turn >= 2:
        straight(tile, bands, ground)
        return tile if turn == 2 else tile.transpose(Image.Transpose.ROTATE_90)
    for corner in ((0, 0), (side, side)):
        arcs(tile, corner, bands, ground)
    return tile if turn == 0 else tile.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def edges(side: int, bands: list[Color], ground: Color) -> list[tuple[float, Color]]:
    """Return outer distances and colors of a ribbon's stripes, symmetric."""
    stripes = [
        (0.40, mix(ground, (0, 0, 0), 0.55)),
        (0.36, bands[0]),
        (0.27, ground),
        (0.24, bands[1]),
        (0.15, bands[2]),
        (0.06, bands[3]),
    ]
    return [(share * side, tone) for share, tone in stripes]


def arcs(tile: Image.Image, corner: Point, bands: list[Color], ground: Color) -> None:
    """Draw a ribbon bent around one corner."""
    draw = ImageDraw.Draw(tile)
    side, (x, y) = tile.width, corner
    for half, tone in edges(side, bands, ground):
        outer = side / 2 + half
        draw.arc(
            (x - outer, y - outer, x + outer, y + outer),
            0,
            360,
            fill=tone,
            width=round(half * 2),
        )


def straight(tile: Image.Image, bands: list[Color], ground: Color) -> None:
    """Draw a ribbon that passes over another."""
    draw = ImageDraw.Draw(tile)
    side = tile.width
    for flat in (True, False):
        for half, tone in edges(side, bands, ground):
            low, high = side / 2 - half, side / 2 + half
            box = (0, low, side, high) if flat else (low, 0, high, side)
            draw.rectangle(box, fill=tone)
