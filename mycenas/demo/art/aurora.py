"""Northern lights over a lake."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from mycenas.demo.art.brush import (
    SMOOTH,
    Color,
    Point,
    Size,
    bloom,
    color,
    colors,
    lay,
    light,
    mix,
    polygon,
    profile,
    stroke_mask,
    upright_gradient,
)

AURORA = (
    # night from zenith to horizon, curtain colors, shore
    (("#04081a", "#0b1e3c", "#1d4a5e"), ("#3df2a0", "#7af7d0", "#b36bff"), "#03060f"),
    (("#070419", "#1a1140", "#4a2a63"), ("#58e6c8", "#8a7bff", "#ff6fb5"), "#05030f"),
    (("#020b14", "#06283a", "#1b6468"), ("#9dff7a", "#42e8b0", "#46b7ff"), "#010709"),
)


def aurora(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """Northern lights over a still lake, pines on the far shore."""
    width, height = size
    shore = round(height * dice.uniform(0.60, 0.70))
    night, curtains, black = AURORA[pick % len(AURORA)]
    sky = upright_gradient((width, shore), colors(night))
    stars(sky, dice)
    for index, code in enumerate(curtains):
        veil = curtain(dice, sky.size, 0.30 + 0.14 * index)
        sky = light(sky, color(code), veil)
    sky = bloom(sky, height / 30, 0.35)
    pines(sky, dice, color(black))
    base = Image.new("RGB", size)
    base.paste(sky)
    base.paste(lake(dice, sky, height - shore, color(black)), (0, shore))
    return base


def stars(sky: Image.Image, dice: random.Random) -> None:
    """Strew stars, most of them faint."""
    draw = ImageDraw.Draw(sky)
    width, height = sky.size
    for _ in range(900):
        x, y = dice.randrange(width), dice.randrange(height)
        level = round(90 + 165 * dice.random() ** 3)
        reach = max(0.6, min(sky.size) / 1100) * (0.6 + dice.random() ** 4)
        box = (x - reach, y - reach, x + reach, y + reach)
        draw.ellipse(box, fill=(level, level, min(255, level + 12)))


def curtain(dice: random.Random, size: Size, base: float) -> Image.Image:
    """Return one veil of light: rays rising from a winding lower edge."""
    columns = 480
    edge = profile(dice, columns, 2.2, 4, 0.5)
    rays = profile(dice, columns, 26, 4, 0.75)
    rows = 200
    sheet = bytearray(columns * rows)
    for x in range(columns):
        foot = base + 0.26 + 0.13 * edge[x]
        power = max(0.0, 0.55 + 0.32 * rays[x]) * (0.6 + 0.4 * math.sin(x / 61 + base))
        reach = 0.34 + 0.10 * rays[x]
        for y in range(rows):
            sheet[y * columns + x] = veil_level(foot - y / rows, reach, power)
    veil = Image.frombytes("L", (columns, rows), bytes(sheet))
    return veil.resize(size, SMOOTH).filter(ImageFilter.GaussianBlur(size[0] / 900))


def veil_level(above: float, reach: float, power: float) -> int:
    """Return the brightness at a height above the lower edge of a veil."""
    shine = math.exp(above * 42 if above < 0 else -above / (reach * 0.42))
    return max(0, min(255, round(225 * power * shine)))


def pines(sky: Image.Image, dice: random.Random, black: Color) -> None:
    """Draw hills and a row of pines along the lower edge of the sky."""
    width, height = sky.size
    unit = max(sky.size) / 2400
    hills = profile(dice, 301, 3, 5, 0.45)
    crest = [
        (x * width / 300, height - unit * (70 + 60 * v)) for x, v in enumerate(hills)
    ]
    floor = [(width, height), (0, height)]
    mask = stroke_mask(sky.size, lambda draw: polygon(draw, [*crest, *floor]))
    lay(sky, mix(black, (60, 90, 110), 0.10), mask)

    def wood(draw: ImageDraw.ImageDraw) -> None:
        x = 0.0
        while x < width:
            clump = 0.55 + 0.45 * math.sin(x / (190 * unit)) * math.sin(x / (77 * unit))
            tall = unit * (22 + 95 * clump * dice.uniform(0.55, 1))
            pine(draw, dice, (x, height), tall)
            x += unit * dice.uniform(7, 22)

    lay(sky, black, stroke_mask(sky.size, wood))


def pine(
    draw: ImageDraw.ImageDraw, dice: random.Random, foot: Point, tall: float
) -> None:
    """Draw one conifer as a stack of ragged boughs."""
    x, y = foot
    left, right = [], []
    steps = 9
    for step in range(steps + 1):
        share = step / steps
        wide = tall * 0.19 * share * dice.uniform(0.75, 1.2)
        level = y - tall * (1 - share)
        left += [(x - wide * 0.45, level - tall * 0.03), (x - wide, level)]
        right += [(x + wide * 0.45, level - tall * 0.03), (x + wide, level)]
    polygon(draw, [(x, y - tall * 1.06), *right, *left[::-1]])


def lake(
    dice: random.Random, sky: Image.Image, height: int, black: Color
) -> Image.Image:
    """Return the sky mirrored in water that is not quite still."""
    width = sky.width
    mirror = sky.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirror = mirror.resize((width, round(sky.height * 0.8)), SMOOTH)
    mirror = mirror.crop((0, 0, width, height))
    ripples = profile(dice, height, height / 9, 3, 0.6)
    water = Image.new("RGB", (width, height))
    for y in range(height):
        reach = (2 + 30 * y / height) * width / 2400
        row = min(height - 1, max(0, round(y + reach * 0.8 * ripples[y])))
        strip = mirror.crop((0, row, width, row + 1))
        water.paste(ImageChops.offset(strip, round(reach * ripples[-1 - y]), 0), (0, y))
    water = water.filter(ImageFilter.BoxBlur((width / 700, height / 500)))
    return Image.blend(water, Image.new("RGB", water.size, black), 0.30)
