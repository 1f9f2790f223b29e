"""Northern lights and a city at night, both over water."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageDraw

from mycenas.demo.art.brush import (
    Color,
    Point,
    Size,
    along,
    below,
    colors,
    disk,
    glow,
    gradient,
    lay,
    light,
    mask,
    mirrored,
    mix,
    polygon,
    profile,
    shine,
)

AURORA = (
    # night from zenith to horizon, curtains of light, shore
    "04081a 0b1e3c 1d4a5e 3df2a0 7af7d0 b36bff 03060f",
    "070419 1a1140 4a2a63 58e6c8 8a7bff ff6fb5 05030f",
    "020b14 06283a 1b6468 9dff7a 42e8b0 46b7ff 010709",
)
CITY = (
    # dusk from zenith to horizon, far and near towers, lamps
    "0d1333 3b2a5c b0526b f39a6b 4b3a66 0c0f24 ffd48a ffb35c fff0cf 8fd3ff",
    "06182b 114055 3d8a8c d9cf9a 235560 04101b ffe3a1 ffc766 fff6dd ff8f70",
    "120a26 2c1a52 63378a e28ab4 47306f 0b0719 ffcf9e ff9ec4 fff2e0 9fb8ff",
)


def aurora(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """Northern lights over a still lake, pines on the far shore."""
    width, height = size
    shore = round(height * dice.uniform(0.60, 0.70))
    *tones, black = colors(AURORA[pick % len(AURORA)])
    sky = gradient((width, shore), tones[:3])
    draw = ImageDraw.Draw(sky)
    for _ in range(900):
        level = round(90 + 165 * dice.random() ** 3)
        reach = max(0.6, min(sky.size) / 1100) * (0.6 + dice.random() ** 4)
        star = (dice.randrange(width), dice.randrange(shore))
        draw.ellipse(disk(star, reach), fill=(level, level, min(255, level + 12)))
    for index, tone in enumerate(tones[3:]):
        sky = light(sky, tone, curtain(dice, sky.size, 0.56 + 0.14 * index))
    sky = shine(sky, height / 30, 0.35)
    unit = max(size) / 2400
    hills = enumerate(profile(dice, 301, 3, 5, 0.45))
    crest = [(x * width / 300, shore - unit * (70 + 60 * v)) for x, v in hills]
    lay(sky, mix(black, (60, 90, 110), 0.10), below(sky.size, crest), 1)
    lay(sky, black, mask(sky.size, lambda draw: pines(draw, dice, sky.size, unit)), 1)
    return with_water(dice, sky, size, black, shore / 20)


def curtain(dice: random.Random, size: Size, base: float) -> Image.Image:
    """Return one veil of light: rays rising from a winding lower edge."""
    columns, rows = min(320, size[0]), min(140, size[1])
    edge = profile(dice, columns, 2.2, 4, 0.5)
    rays = profile(dice, columns, 26, 4, 0.75)
    veil = Image.new("L", (columns, rows))
    for x in range(columns):
        power = max(0.0, 0.55 + 0.32 * rays[x])
        power *= 225 * (0.6 + 0.4 * math.sin(x / 40 + base))
        fall = 1 / (0.143 + 0.042 * rays[x])
        for y in range(rows):
            above = base + 0.13 * edge[x] - y / rows
            shine = math.exp(above * 42 if above < 0 else -above * fall)
            veil.putpixel((x, y), max(0, min(255, round(power * shine))))
    return veil.resize(size, Image.Resampling.BICUBIC)


def pines(
    draw: ImageDraw.ImageDraw, dice: random.Random, size: Size, unit: float
) -> None:
    """Draw a row of conifers, each a stack of ragged boughs."""
    x = 0.0
    while x < size[0]:
        clump = 0.55 + 0.45 * math.sin(x / (190 * unit)) * math.sin(x / (77 * unit))
        tall = unit * (22 + 95 * clump * dice.uniform(0.55, 1))
        sides: tuple[list[Point], list[Point]] = ([], [])
        for step in range(10):
            level = size[1] - tall * (1 - step / 9)
            wide = tall * 0.021 * step * dice.uniform(0.75, 1.2)
            for side, way in zip(sides, (-1, 1), strict=True):
                side += [(x + way * wide * 0.45, level - tall * 0.03)]
                side += [(x + way * wide, level)]
        polygon(draw, [(x, size[1] - tall * 1.06), *sides[1], *sides[0][::-1]])
        x += unit * dice.uniform(7, 22)


def with_water(
    dice: random.Random, view: Image.Image, size: Size, black: Color, knots: float
) -> Image.Image:
    """Return the view with its reflection below it."""
    water = mirrored(dice, view, size[1] - view.height, knots)
    base = Image.new("RGB", size)
    base.paste(view)
    shade = Image.new("RGB", water.size, black)
    base.paste(Image.blend(water, shade, 0.28), (0, view.height))
    return base


def city(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """Towers at dusk and their windows, mirrored in the water below."""
    width, height = size
    bank = round(height * dice.uniform(0.70, 0.78))
    tones = colors(CITY[pick % len(CITY)])
    dusk, far, near, lamps = tones[:4], tones[4], tones[5], tones[6:]
    sky = gradient((width, bank), dusk)
    place = (width * dice.uniform(0.2, 0.8), bank)
    sky = light(sky, dusk[-1], glow(sky.size, place, width * 0.6, 2.2))
    view = sky.resize((width * 2, bank * 2))
    for depth in (0, 1 / 3, 2 / 3, 1):
        tone = mix(mix(far, near, depth), dusk[-2], 0.35 * (1 - depth))
        skyline(view, dice, depth, tone, lamps)
    view = shine(view.reduce(2), height / 45, 0.55)
    return with_water(dice, view, size, near, height / 28)


def skyline(
    view: Image.Image,
    dice: random.Random,
    depth: float,
    tone: Color,
    lamps: list[Color],
) -> None:
    """Draw one row of towers, standing on the lower edge; scale is double."""
    draw = ImageDraw.Draw(view)
    width, height = view.size
    unit = min(width, height * 1.4) / 4000
    swing = profile(dice, 200, 2.4, 2, 0.5)
    x = -dice.uniform(0, 120) * unit
    while x < width:
        wide = dice.uniform(110, 250) * unit * (0.7 + 0.6 * depth)
        rise = 0.62 - 0.30 * depth + 0.17 * swing[max(0, int(x * 200 / width))]
        top = height * (1 - max(0.08, rise * dice.uniform(0.55, 1.0)))
        draw.rectangle((x, top, x + wide, height), fill=tone)
        if dice.random() < 0.45:
            inset, crown = wide * dice.uniform(0.12, 0.3), dice.uniform(20, 70) * unit
            draw.rectangle((x + inset, top - crown, x + wide - inset, top), fill=tone)
        if dice.random() < 0.3:
            mast = (x + wide / 2, top, x + wide / 2, top - dice.uniform(80, 260) * unit)
            draw.line(mast, fill=tone, width=max(1, round(5 * unit)))
        windows(draw, dice, (x, top, x + wide, height), (tone, lamps), unit)
        x += wide * dice.uniform(0.8, 1.25)


def windows(
    draw: ImageDraw.ImageDraw,
    dice: random.Random,
    box: tuple[float, float, float, float],
    paint: tuple[Color, list[Color]],
    unit: float,
) -> None:
    """Light some of the windows; floors differ, and so do lamps."""
    left, top, right, foot = box
    tone, lamps = paint
    cell, floor = dice.choice((20, 24, 32)) * unit, dice.choice((28, 34, 42)) * unit
    usual = dice.choices(lamps, (6, 4, 3, 1))[0]
    busy = dice.uniform(0.08, 0.55)
    for story in range(1, int((foot - top) / floor)):
        awake = busy * dice.choice((0.2, 0.7, 1, 1.3))
        y = top + floor * story
        for column in range(int((right - left) / cell) - 1):
            if dice.random() < awake:
                lamp = usual if dice.random() < 0.8 else dice.choice(lamps)
                x = left + cell * (column + 0.8)
                shine = along((tone, lamp), dice.uniform(0.25, 1))
                draw.rectangle((x, y, x + cell * 0.5, y + floor * 0.46), fill=shine)
