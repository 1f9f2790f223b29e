"""A city after sunset: towers, lit windows, their light on the river."""

from __future__ import annotations

import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from mycenas.demo.art.brush import (
    SMOOTH,
    Color,
    Size,
    along,
    bloom,
    color,
    colors,
    glow,
    light,
    mix,
    profile,
    upright_gradient,
)

CITY = (
    # dusk from zenith to horizon, far towers, near towers, window lights
    (
        ("#0d1333", "#3b2a5c", "#b0526b", "#f39a6b"),
        "#4b3a66",
        "#0c0f24",
        ("#ffd48a", "#ffb35c", "#fff0cf", "#8fd3ff"),
    ),
    (
        ("#06182b", "#114055", "#3d8a8c", "#d9cf9a"),
        "#235560",
        "#04101b",
        ("#ffe3a1", "#ffc766", "#fff6dd", "#ff8f70"),
    ),
    (
        ("#120a26", "#2c1a52", "#63378a", "#e28ab4"),
        "#47306f",
        "#0b0719",
        ("#ffcf9e", "#ff9ec4", "#fff2e0", "#9fb8ff"),
    ),
)

Lights = tuple[Color, ...]


def city(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """Towers at dusk and their windows, mirrored in the water below."""
    width, height = size
    dusk, far, near, lamps = CITY[pick % len(CITY)]
    bank = round(height * dice.uniform(0.70, 0.78))
    sky = upright_gradient((width, bank), colors(dusk))
    place = (width * dice.uniform(0.2, 0.8), bank * 1.0)
    sky = light(sky, color(dusk[-1]), glow(sky.size, place, width * 0.6, 2.2))
    lights = tuple(color(code) for code in lamps)
    view = sky.resize((width * 2, bank * 2), SMOOTH)
    rows = 4
    for row in range(rows):
        depth = row / (rows - 1)
        tone = mix(color(far), color(near), depth)
        tone = mix(tone, color(dusk[-2]), 0.35 * (1 - depth))
        skyline(view, dice, depth, tone, lights)
    view = bloom(view.reduce(2), height / 45, 0.55)
    base = Image.new("RGB", size)
    base.paste(view)
    base.paste(river(dice, view, height - bank, color(near)), (0, bank))
    return base


def skyline(
    view: Image.Image, dice: random.Random, depth: float, tone: Color, lights: Lights
) -> None:
    """Draw one row of towers, standing on the lower edge; scale is double."""
    draw = ImageDraw.Draw(view)
    width, height = view.size
    unit = min(view.size[0], view.size[1] * 1.4) / 4000
    swell = profile(dice, 200, 2.4, 2, 0.5)
    x = -dice.uniform(0, 120) * unit
    while x < width:
        wide = dice.uniform(110, 250) * unit * (0.7 + 0.6 * depth)
        rise = (
            0.62 - 0.30 * depth + 0.17 * swell[min(199, max(0, int(x * 200 / width)))]
        )
        tall = height * max(0.08, rise * dice.uniform(0.55, 1.0))
        tower(draw, dice, (x, height - tall, x + wide, height), tone, lights, unit)
        x += wide * dice.uniform(0.8, 1.25)


def tower(
    draw: ImageDraw.ImageDraw,
    dice: random.Random,
    box: tuple[float, float, float, float],
    tone: Color,
    lights: Lights,
    unit: float,
) -> None:
    """Draw one tower with its crown and windows."""
    left, top, right, _ = box
    tone = mix(tone, (255, 255, 255), dice.uniform(0, 0.0012))
    draw.rectangle(box, fill=tone)
    wide = right - left
    if dice.random() < 0.45:
        inset = wide * dice.uniform(0.12, 0.3)
        step = dice.uniform(20, 70) * unit
        draw.rectangle((left + inset, top - step, right - inset, top), fill=tone)
        top -= step
    if dice.random() < 0.3:
        middle = (left + right) / 2
        mast = dice.uniform(60, 200) * unit
        draw.line((middle, top, middle, top - mast), fill=tone, width=round(5 * unit))
    windows(draw, dice, box, tone, lights, unit)


def windows(
    draw: ImageDraw.ImageDraw,
    dice: random.Random,
    box: tuple[float, float, float, float],
    tone: Color,
    lights: Lights,
    unit: float,
) -> None:
    """Light some of the windows; floors differ, and so do lamps."""
    left, top, right, foot = box
    cell, floor = dice.choice((20, 24, 32)) * unit, dice.choice((28, 34, 42)) * unit
    usual = dice.choices(lights, (6, 4, 3, 1))[0]
    busy = dice.uniform(0.08, 0.55)
    y = top + floor
    while y < foot:
        awake = busy * dice.choice((0.2, 0.7, 1, 1.3))
        x = left + cell * 0.8
        while x < right - cell:
            if dice.random() < awake:
                lamp = usual if dice.random() < 0.8 else dice.choice(lights)
                shine = along((tone, lamp), dice.uniform(0.25, 1))
                draw.rectangle((x, y, x + cell * 0.5, y + floor * 0.46), fill=shine)
            x += cell
        y += floor


def river(
    dice: random.Random, view: Image.Image, height: int, black: Color
) -> Image.Image:
    """Return the city drawn out and broken up by running water."""
    width = view.width
    mirror = view.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirror = mirror.crop((0, 0, width, min(view.height, height * 2)))
    mirror = mirror.resize((width, height), SMOOTH)
    mirror = mirror.filter(ImageFilter.BoxBlur((width / 500, height / 26)))
    waves = profile(dice, height, max(3, height / 7), 3, 0.7)
    water = Image.new("RGB", (width, height))
    for y in range(height):
        strip = mirror.crop((0, y, width, y + 1))
        reach = width / 2400 * (3 + 26 * y / height)
        water.paste(ImageChops.offset(strip, round(waves[y] * reach), 0), (0, y))
    shaded = Image.blend(water, Image.new("RGB", water.size, black), 0.28)
    return ImageChops.screen(shaded, water.point(lambda level: level * 0.25))
