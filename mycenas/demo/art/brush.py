"""Tools that every drawing shares: color, noise, light, grain.

Everything is Pillow and random numbers from the caller's dice, so that the same
seed gives the same pixels.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any, cast

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageMath

Size = tuple[int, int]
Point = tuple[float, float]
Color = tuple[int, int, int]
Palette = Sequence[str]

SMOOTH = Image.Resampling.BICUBIC


def color(code: str) -> Color:
    """Return the color that a code such as "#e8d5b5" names."""
    red, green, blue = bytes.fromhex(code.lstrip("#"))
    return red, green, blue


def mix(first: Color, second: Color, share: float) -> Color:
    """Return a color between two, mixed in linear light as lamps would."""
    pairs = zip(first, second, strict=True)
    mixed = [((1 - share) * a**2.2 + share * b**2.2) ** (1 / 2.2) for a, b in pairs]
    return round(mixed[0]), round(mixed[1]), round(mixed[2])


def along(stops: Sequence[Color], share: float) -> Color:
    """Return the color at a share (0 to 1) of the way along the stops."""
    place = min(max(share, 0.0), 1.0) * (len(stops) - 1)
    index = min(int(place), len(stops) - 2)
    return mix(stops[index], stops[index + 1], place - index)


def colors(palette: Palette) -> list[Color]:
    """Return the colors of a palette."""
    return [color(code) for code in palette]


def upright_gradient(size: Size, stops: Sequence[Color]) -> Image.Image:
    """Return a gradient from the first stop on top to the last at the bottom."""
    column = Image.new("RGB", (1, size[1]))
    last = max(1, size[1] - 1)
    column.putdata([along(stops, y / last) for y in range(size[1])])
    return column.resize(size)


def colorize(levels: Image.Image, stops: Sequence[Color]) -> Image.Image:
    """Return a gray picture with its levels exchanged for colors."""
    table = [along(stops, level / 255) for level in range(256)]
    bands = [levels.point([entry[band] for entry in table]) for band in range(3)]
    return Image.merge("RGB", bands)


def compute(
    rule: Callable[[dict[str, Any]], Any], **images: Image.Image
) -> Image.Image:
    """Return the picture that a rule makes of others, pixel by pixel in floats."""
    return cast("Image.Image", ImageMath.lambda_eval(rule, **images))


def field(
    dice: random.Random, size: Size, cells: float, octaves: int = 4, gain: float = 0.5
) -> Image.Image:
    """Return cloudy noise as floats around 0.5, `cells` lumps on the longer side."""
    small = (max(2, size[0] // 2), max(2, size[1] // 2))
    total = Image.new("F", small, 0.0)
    share, weight = 1.0, 0.0
    for octave in range(octaves):
        scale = cells * 2**octave / max(size)
        grid = (max(2, round(size[0] * scale)), max(2, round(size[1] * scale)))
        raw = Image.frombytes("L", grid, dice.randbytes(grid[0] * grid[1]))
        layer = raw.convert("F").resize(small, SMOOTH)
        total = compute(lambda a: a["t"] + a["l"], t=total, l=scaled(layer, share))
        weight += share
        share *= gain
    return scaled(total, 1 / (255 * weight)).resize(size, SMOOTH)


def scaled(image: Image.Image, factor: float, offset: float = 0.0) -> Image.Image:
    """Return a float picture times a factor plus an offset."""
    return image.point(lambda value: value * factor + offset)


def levels(image: Image.Image, low: float = 0.0, high: float = 1.0) -> Image.Image:
    """Return a float picture as gray, `low` becoming black and `high` white."""
    factor = 255 / (high - low)
    return scaled(image, factor, -low * factor).convert("L")


def noise(
    dice: random.Random, size: Size, cells: float, octaves: int = 4, gain: float = 0.5
) -> Image.Image:
    """Return cloudy noise as a gray picture with strong contrast."""
    return levels(field(dice, size, cells, octaves, gain), 0.22, 0.78)


def profile(
    dice: random.Random, count: int, knots: float, octaves: int = 5, gain: float = 0.5
) -> list[float]:
    """Return a wavering line of `count` heights between about -1 and 1."""
    heights = [0.0] * count
    share = 1.0
    for octave in range(octaves):
        step = count / (knots * 2**octave)
        dots = [dice.uniform(-1, 1) for _ in range(int(knots * 2**octave) + 3)]
        for x in range(count):
            place = x / step
            index = int(place)
            ease = (1 - math.cos((place - index) * math.pi)) / 2
            value = dots[index] * (1 - ease) + dots[index + 1] * ease
            heights[x] += value * share
        share *= gain
    return heights


def stroke_mask(
    size: Size, paint: Callable[[ImageDraw.ImageDraw], None]
) -> Image.Image:
    """Return what `paint` drew in white, at double scale, smoothed to `size`."""
    big = Image.new("L", (size[0] * 2, size[1] * 2))
    paint(ImageDraw.Draw(big))
    return big.reduce(2)


def polygon(draw: ImageDraw.ImageDraw, points: list[Point]) -> None:
    """Fill a polygon given in final pixels, on a sheet of double scale."""
    draw.polygon([(x * 2, y * 2) for x, y in points], fill=255)


def glow(size: Size, center: Point, radius: float, power: float = 2.0) -> Image.Image:
    """Return a round light, white in the center, black from `radius` on."""
    # Pillow's gradient grows to the corners of its square: the edge is at 180.
    table = [round(255 * max(0, 1 - level / 179) ** power) for level in range(256)]
    reach = max(2, round(radius * 2))
    lamp = Image.radial_gradient("L").resize((reach, reach), SMOOTH).point(table)
    sheet = Image.new("L", size)
    sheet.paste(lamp, (round(center[0] - radius), round(center[1] - radius)))
    return sheet


def moved(mask: Image.Image, right: float, down: float) -> Image.Image:
    """Return the mask shifted by pixels; borders that come free stay as they are."""
    sheet = mask.copy()
    sheet.paste(mask, (round(right), round(down)))
    return sheet


def lay(
    base: Image.Image, paint: Color, mask: Image.Image, strength: float = 1
) -> None:
    """Cover the base with one color where the mask is white."""
    if strength < 1:
        mask = mask.point(lambda level: level * strength)
    base.paste(paint, (0, 0), mask)


def light(base: Image.Image, paint: Color, mask: Image.Image) -> Image.Image:
    """Return the base with colored light added where the mask is white."""
    lamp = Image.composite(
        Image.new("RGB", base.size, paint), Image.new("RGB", base.size), mask
    )
    return ImageChops.screen(base, lamp)


def bloom(base: Image.Image, radius: float, strength: float) -> Image.Image:
    """Return the base with its bright parts shining over their edges."""
    small = base.reduce(4).filter(ImageFilter.GaussianBlur(radius / 4))
    halo = small.resize(base.size, SMOOTH)
    halo = halo.point([round(max(0, v - 50) * strength) for v in range(256)] * 3)
    return ImageChops.screen(base, halo)


def grain(base: Image.Image, dice: random.Random, amount: float = 7) -> Image.Image:
    """Return the base with fine film grain, which also hides gradient steps."""
    raw = Image.frombytes("L", base.size, dice.randbytes(base.width * base.height))
    other = Image.frombytes("L", base.size, dice.randbytes(base.width * base.height))
    both = Image.blend(raw, other, 0.5)
    table = [round(128 + (level - 127.5) * amount / 64) for level in range(256)]
    speck = both.point(table)
    return ImageChops.add(base, Image.merge("RGB", (speck,) * 3), 1, -128)


def vignette(base: Image.Image, strength: float = 0.18) -> Image.Image:
    """Return the base with slightly darker corners."""
    gradient = Image.radial_gradient("L").resize(base.size, SMOOTH)
    table = [round(255 - 255 * strength * (level / 255) ** 2.2) for level in range(256)]
    shade = gradient.point(table)
    return ImageChops.multiply(base, Image.merge("RGB", (shade,) * 3))


def paper(dice: random.Random, size: Size, tint: Color) -> Image.Image:
    """Return a sheet of paper with fibers that catch a little light."""
    fibers = field(dice, size, 420, 2, 0.8)
    clouds = field(dice, size, 5, 3)
    both = compute(lambda a: a["f"] * 0.6 + a["c"] * 0.4, f=fibers, c=clouds)
    return colorize(levels(both, 0.0, 1.0), [mix(tint, (90, 70, 50), 0.22), tint])
