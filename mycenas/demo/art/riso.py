"""Three inks printed over each other."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageDraw

from mycenas.demo.art.brush import (
    SMOOTH,
    Size,
    color,
    colors,
    compute,
    moved,
    noise,
    paper,
    stroke_mask,
)

RISO = (
    ("#f5efe0", ("#ff5b4d", "#0a7bbf", "#ffc629")),
    ("#f7f1e8", ("#f15a8b", "#00918a", "#f4c95d")),
    ("#f2eee6", ("#3f51b5", "#ff7043", "#8bc9a6")),
    ("#f8f3e6", ("#e4572e", "#29335c", "#f3a712")),
)


def riso(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """Circles and bands in three inks, printed over each other a little askew."""
    sheet, inks = RISO[pick % len(RISO)]
    base = paper(dice, size, color(sheet))
    unit = min(size)
    for index, ink in enumerate(colors(inks)):
        plate = stroke_mask(size, lambda draw: plate_shapes(draw, dice, size))
        if index != 1:
            plate = ImageChops.multiply(plate, halftone(dice, size, unit / 95, index))
        shift = round(unit * dice.uniform(-0.004, 0.004))
        plate = moved(plate, shift, -shift)
        uneven = noise(dice, size, 180, 3, 0.8).point(lambda level: 175 + level * 0.31)
        plate = ImageChops.multiply(plate, uneven)
        layer = Image.composite(
            Image.new("RGB", size, ink), Image.new("RGB", size, "white"), plate
        )
        base = ImageChops.multiply(base, layer)
    return base


def plate_shapes(draw: ImageDraw.ImageDraw, dice: random.Random, size: Size) -> None:
    """Draw the shapes of one ink on a grid, at double scale."""
    unit = min(size) * 2 / 6
    largest(draw, dice, size, unit)
    for _ in range(10):
        x = unit * dice.randrange(-1, round(size[0] * 2 / unit) + 1)
        y = unit * dice.randrange(-1, round(size[1] * 2 / unit) + 1)
        reach = unit * dice.choice((1, 1, 2, 3))
        box = (x, y, x + reach, y + reach)
        kind = dice.randrange(5)
        if kind == 0:
            draw.ellipse(box, fill=255)
        elif kind == 1:
            draw.pieslice(box, 90 * dice.randrange(4), 0, fill=255)
        elif kind == 2:
            start = 90 * dice.randrange(4)
            draw.pieslice(box, start, start + 180, fill=255)
        elif kind == 3:
            rings(draw, box, unit / 9)
        else:
            bars(draw, box, unit / 9)


def largest(
    draw: ImageDraw.ImageDraw, dice: random.Random, size: Size, unit: float
) -> None:
    """Draw the circle or half circle that carries the composition."""
    x = size[0] * 2 * dice.uniform(0.3, 0.7)
    y = size[1] * 2 * dice.uniform(0.35, 0.65)
    reach = unit * dice.uniform(1.4, 2.3)
    start = 90 * dice.randrange(4)
    end = start + dice.choice((180, 360))
    draw.pieslice((x - reach, y - reach, x + reach, y + reach), start, end, fill=255)


def rings(
    draw: ImageDraw.ImageDraw, box: tuple[float, float, float, float], gap: float
) -> None:
    """Draw rings inside each other."""
    left, top, right, foot = box
    while right - left > gap * 2:
        draw.ellipse((left, top, right, foot), outline=255, width=round(gap))
        left, top, right, foot = (
            left + gap * 2,
            top + gap * 2,
            right - gap * 2,
            foot - gap * 2,
        )


def bars(
    draw: ImageDraw.ImageDraw, box: tuple[float, float, float, float], gap: float
) -> None:
    """Draw level bars."""
    left, top, right, foot = box
    while top < foot:
        draw.rectangle((left, top, right, top + gap), fill=255)
        top += gap * 2


def halftone(dice: random.Random, size: Size, cell: float, index: int) -> Image.Image:
    """Return a screen of dots, small at one end and grown together at the other."""
    tile = Image.new("L", (64, 64))
    tile.putdata(
        [
            round(
                127.5
                + 63.7 * (math.cos(x * math.tau / 64) + math.cos(y * math.tau / 64))
            )
            for y in range(64)
            for x in range(64)
        ]
    )
    side = max(4, round(cell))
    tile = tile.resize((side, side), SMOOTH)
    reach = round(math.hypot(*size)) + side
    screen = Image.new("L", (reach, reach))
    for x in range(0, reach, side):
        screen.paste(tile, (x, 0))
    row = screen.crop((0, 0, reach, side))
    for y in range(0, reach, side):
        screen.paste(row, (0, y))
    screen = screen.rotate(15 + 30 * index, SMOOTH)
    left, top = (reach - size[0]) // 2, (reach - size[1]) // 2
    screen = screen.crop((left, top, left + size[0], top + size[1]))
    tone = (
        Image.linear_gradient("L").rotate(90 * dice.randrange(4)).resize(size, SMOOTH)
    )
    both = compute(
        lambda a: (a["s"] + a["t"] * 1.1 - 190) * 9,
        s=screen.convert("F"),
        t=tone.convert("F"),
    )
    return both.convert("L")
