"""Mountain ridges in morning mist."""

from __future__ import annotations

import random

from PIL import Image, ImageChops, ImageDraw

from mycenas.demo.art.brush import (
    SMOOTH,
    Color,
    Point,
    Size,
    along,
    color,
    colors,
    glow,
    lay,
    light,
    mix,
    noise,
    polygon,
    profile,
    stroke_mask,
    upright_gradient,
)

MIST = (
    # sky from top to horizon, sun, far ridge, near ridge
    (("#4d6a8f", "#a8b7c7", "#f4d9bd", "#fbe6cf"), "#fff1d6", "#a9b9d6", "#123a63"),
    (("#20304f", "#6b6289", "#d98f86", "#f7c69b"), "#ffe0b0", "#b98a9c", "#2c1450"),
    (("#8fb3ad", "#c6d8cb", "#eee8d2", "#f7efdc"), "#fffbe9", "#a9c0b6", "#06483f"),
    (("#352f52", "#8a5a72", "#e58e6d", "#ffd08a"), "#fff0c2", "#c98378", "#4f1238"),
)


def mist(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """Mountain ridges, one behind the other, paling into morning mist."""
    width, height = size
    sky, sun, far, near = MIST[pick % len(MIST)]
    base = upright_gradient(size, colors(sky))
    center = (width * dice.uniform(0.2, 0.8), height * dice.uniform(0.22, 0.42))
    base = sunlit(base, center, min(size), color(sun))
    base = clouded(base, dice, color(sky[-1]))
    count = dice.randrange(6, 9)
    haze = mix(color(far), color(sky[-1]), 0.3)
    for index in range(count):
        depth = index / (count - 1)
        tone = mix(color(far), color(near), depth**1.25)
        top = height * (0.40 + 0.50 * depth**1.15)
        ridge = ridge_mask(dice, size, top, depth)
        fill = ridge_fill(dice, size, (top, depth), tone, mix(tone, haze, 0.5))
        base.paste(fill, (0, 0), ridge)
    return base


def sunlit(base: Image.Image, center: Point, unit: float, sun: Color) -> Image.Image:
    """Return the sky with a sun disk and the light around it."""
    halo = glow(base.size, center, unit * 0.9, 2.6).point(lambda v: v * 0.6)
    base = light(base, sun, halo)
    radius = unit * 0.045

    def disk(draw: ImageDraw.ImageDraw) -> None:
        x, y = center
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse([side * 2 for side in box], fill=255)

    lay(base, mix(sun, (255, 255, 255), 0.5), stroke_mask(base.size, disk), 0.92)
    return base


def clouded(base: Image.Image, dice: random.Random, tint: Color) -> Image.Image:
    """Return the sky with long thin clouds."""
    width, height = base.size
    flat = noise(dice, (max(2, width // 7), height), 7, 5, 0.55)
    mask = flat.resize(base.size, SMOOTH).point(
        [max(0, round((level - 110) * 0.8)) for level in range(256)]
    )
    fade = Image.linear_gradient("L").resize(base.size)
    lay(base, tint, ImageChops.multiply(mask, fade), 0.8)
    return base


def ridge_mask(
    dice: random.Random, size: Size, top: float, depth: float
) -> Image.Image:
    """Return the silhouette of one ridge; nearer ones are larger and rougher."""
    width, height = size
    count = 900
    knots = dice.uniform(3.2, 4.8) - 1.2 * depth
    line = profile(dice, count + 1, knots, 8, 0.47)
    swing = height * (0.075 + 0.05 * depth)
    points = [
        (x * width / count, top - swing * (0.7 - 1.6 * abs(value)))
        for x, value in enumerate(line)
    ]
    floor = [(width, height), (0, height)]
    return stroke_mask(size, lambda draw: polygon(draw, [*points, *floor]))


def ridge_fill(
    dice: random.Random, size: Size, place: tuple[float, float], top: Color, foot: Color
) -> Image.Image:
    """Return the slope of one ridge: dark crest, light foot, faint trees."""
    height = size[1]
    start, depth = place
    begin, reach = start / height - 0.10, 0.30
    fill = Image.new("RGB", (1, height))
    fill.putdata(
        [along((top, foot), (y / height - begin) / reach) for y in range(height)]
    )
    fill = fill.resize(size)
    rough = noise(dice, size, 26, 3, 0.6)
    shade = rough.point([round(255 - (255 - v) * 0.16 * depth) for v in range(256)])
    return ImageChops.multiply(fill, Image.merge("RGB", (shade,) * 3))
