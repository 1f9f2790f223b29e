"""Pools left by the tide."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from mycenas.demo.art.brush import (
    Point,
    Size,
    color,
    colorize,
    colors,
    compute,
    field,
    lay,
    levels,
    mix,
    moved,
    paper,
    stroke_mask,
)

POOLS = (
    # stone, deep to shallow water
    ("#e9dcc3", ("#06283d", "#1363a0", "#47b5bd", "#dff6e6")),
    ("#2a2522", ("#0b1d26", "#14566b", "#3fa796", "#f5e8b7")),
    ("#f1e4da", ("#3b1c32", "#9b3d5a", "#e8836b", "#fbe3b5")),
    ("#dfe3d4", ("#14281d", "#355834", "#8fae5d", "#f1f0c4")),
)


def pools(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """Pools left by the tide, each with its own depth, rings and shine."""
    stone, water = POOLS[pick % len(POOLS)]
    base = paper(dice, size, color(stone))
    depth = levels(field(dice, size, 3, 4), 0.2, 0.8)
    cells = [smooth(inset(cell, min(size) * 0.008)) for cell in voronoi(dice, size)]
    cells = [cell for cell in cells if len(cell) > 2]
    lip = stroke_mask(size, lambda draw: fill_cells(draw, cells, dice, None))
    shadow = moved(lip, round(min(size) * 0.004), round(min(size) * 0.006))
    shadow = shadow.filter(ImageFilter.GaussianBlur(min(size) / 260))
    lay(base, mix(color(stone), (20, 12, 8), 0.6), shadow, 0.55)
    tones = stroke_mask(size, lambda draw: fill_cells(draw, cells, dice, 90))
    rings_of = stroke_mask(size, lambda draw: ring_cells(draw, cells, dice))
    both = compute(
        lambda a: a["d"] * 0.42 + a["t"] * 0.9 + a["r"] * 0.36,
        d=depth.convert("F"),
        t=tones.convert("F"),
        r=rings_of.convert("F"),
    ).convert("L")
    base.paste(colorize(both, colors(water)), (0, 0), lip)
    rim = ImageChops.subtract(lip, moved(lip, 3, 4))
    lay(base, (12, 14, 20), rim.filter(ImageFilter.GaussianBlur(2)), 0.5)
    return base


def voronoi(dice: random.Random, size: Size) -> list[list[Point]]:
    """Return the cells of seeds strewn about, cut exactly, line by line."""
    gap = min(size) / dice.uniform(4.5, 8)
    seeds: list[Point] = []
    for _ in range(1500):
        point = (dice.uniform(-gap, size[0] + gap), dice.uniform(-gap, size[1] + gap))
        room = gap * (0.4 + 1.1 * dice.random() ** 2)
        if all(math.dist(point, other) > room for other in seeds):
            seeds.append(point)
    return [voronoi_cell(seed, seeds, gap * 3) for seed in seeds]


def voronoi_cell(seed: Point, seeds: list[Point], reach: float) -> list[Point]:
    """Return the region nearer to one seed than to any other."""
    x, y = seed
    cell = [
        (x - reach, y - reach),
        (x + reach, y - reach),
        (x + reach, y + reach),
        (x - reach, y + reach),
    ]
    for other in seeds:
        if other != seed and math.dist(seed, other) < reach * 2:
            middle = ((x + other[0]) / 2, (y + other[1]) / 2)
            cell = clip(cell, middle, (other[0] - x, other[1] - y))
    return cell


def clip(cell: list[Point], through: Point, normal: Point) -> list[Point]:
    """Return the part of a polygon behind a line."""
    kept: list[Point] = []
    sides = [
        (p[0] - through[0]) * normal[0] + (p[1] - through[1]) * normal[1] for p in cell
    ]
    for index, point in enumerate(cell):
        here, before = sides[index], sides[index - 1]
        last = cell[index - 1]
        if (here > 0) != (before > 0):
            share = before / (before - here)
            kept.append(
                (
                    last[0] + (point[0] - last[0]) * share,
                    last[1] + (point[1] - last[1]) * share,
                )
            )
        if here <= 0:
            kept.append(point)
    return kept


def inset(cell: list[Point], by: float) -> list[Point]:
    """Return a convex polygon with every side moved inwards."""
    shrunk = cell
    middle = centroid(cell)
    for index, point in enumerate(cell):
        last = cell[index - 1]
        normal = (point[1] - last[1], last[0] - point[0])
        length = math.hypot(*normal)
        if length < 1e-6:
            continue
        inward = (middle[0] - point[0]) * normal[0] + (middle[1] - point[1]) * normal[1]
        sign = -1 if inward > 0 else 1
        unit = (sign * normal[0] / length, sign * normal[1] / length)
        through = (point[0] - unit[0] * by, point[1] - unit[1] * by)
        shrunk = clip(shrunk, through, unit)
    return shrunk


def centroid(cell: list[Point]) -> Point:
    """Return the middle of the corners."""
    count = max(1, len(cell))
    return sum(x for x, _ in cell) / count, sum(y for _, y in cell) / count


def smooth(cell: list[Point]) -> list[Point]:
    """Return the polygon with its corners worn round."""
    for _ in range(4):
        worn: list[Point] = []
        for index, (x, y) in enumerate(cell):
            px, py = cell[index - 1]
            worn += [
                (px * 0.75 + x * 0.25, py * 0.75 + y * 0.25),
                (px * 0.25 + x * 0.75, py * 0.25 + y * 0.75),
            ]
        cell = worn
    return cell


def fill_cells(
    draw: ImageDraw.ImageDraw,
    cells: list[list[Point]],
    dice: random.Random,
    spread: int | None,
) -> None:
    """Fill all cells, in white or each in a tone of its own."""
    for cell in cells:
        tone = 255 if spread is None else dice.randrange(spread)
        draw.polygon([(x * 2, y * 2) for x, y in cell], fill=tone)


def ring_cells(
    draw: ImageDraw.ImageDraw, cells: list[list[Point]], dice: random.Random
) -> None:
    """Fill each cell with shrinking outlines, brighter towards the rim."""
    for cell in cells:
        x, y = centroid(cell)
        x, y = x + dice.uniform(-12, 12), y + dice.uniform(-12, 12)
        count = dice.randrange(7, 12)
        for step in range(count):
            share = (1 - step / count) ** 0.85
            ring = [
                ((x + (px - x) * share) * 2, (y + (py - y) * share) * 2)
                for px, py in cell
            ]
            draw.polygon(
                ring, fill=round(255 * share**2.2 * (0.72 + 0.28 * (step % 2)))
            )
