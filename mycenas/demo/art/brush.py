"""Tools that the drawings share: color, noise, light, grain.

Everything is Pillow and random numbers of the caller, so that the same seed gives
the same pixels. Masks are drawn at double scale and reduced, which smooths edges.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageMath

Size = tuple[int, int]
Point = tuple[float, float]
Color = tuple[int, int, int]

SMOOTH = Image.Resampling.BICUBIC
WHITE: Color = (255, 255, 255)


def colors(codes: str) -> list[Color]:
    """Return the colors of codes such as "e8d5b5", separated by spaces."""
    return [(r, g, b) for r, g, b in map(bytes.fromhex, codes.split())]


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


def gradient(
    size: Size, stops: Sequence[Color], begin: float = 0, end: float = 1
) -> Image.Image:
    """Return a gradient from the first stop on top to the last at the bottom."""
    column = Image.new("RGB", (1, size[1]))
    shares = ((y / size[1] - begin) / (end - begin) for y in range(size[1]))
    column.putdata([along(stops, share) for share in shares])
    return column.resize(size)


def scaled(image: Image.Image, factor: float, offset: float = 0) -> Image.Image:
    """Return a float picture times a factor plus an offset."""
    return image.point(lambda value: value * factor + offset)


def field(
    dice: random.Random, size: Size, cells: float, octaves: int, gain: float
) -> Image.Image:
    """Return cloudy noise as floats from 0 to 1, `cells` lumps on the longer side."""
    small = (max(2, size[0] // 2), max(2, size[1] // 2))
    total, whole = Image.new("F", small), sum(gain**octave for octave in range(octaves))
    for octave in range(octaves):
        scale = cells * 2**octave / max(size)
        grid = (max(2, round(size[0] * scale)), max(2, round(size[1] * scale)))
        raw = Image.frombytes("L", grid, dice.randbytes(grid[0] * grid[1]))
        layer = scaled(raw.convert("F"), gain**octave / (255 * whole))
        total = _sum(t=total, layer=layer.resize(small, SMOOTH))
    return total.resize(size, SMOOTH)


def _sum(**images: Image.Image) -> Image.Image:
    def add(pictures: dict[str, Any]) -> Any:
        return pictures["t"] + pictures["layer"]

    return cast("Image.Image", ImageMath.lambda_eval(add, **images))


def levels(image: Image.Image, low: float, high: float) -> Image.Image:
    """Return a float picture as gray, `low` becoming black and `high` white."""
    factor = 255 / (high - low)
    return scaled(image, factor, -low * factor).convert("L")


def noise(
    dice: random.Random, size: Size, cells: float, octaves: int, gain: float = 0.5
) -> Image.Image:
    """Return cloudy noise as a gray picture with strong contrast."""
    return levels(field(dice, size, cells, octaves, gain), 0.22, 0.78)


def profile(
    dice: random.Random, count: int, knots: float, octaves: int, gain: float = 0.5
) -> list[float]:
    """Return a wavering line of `count` heights between about -1 and 1."""
    heights = [0.0] * count
    for octave in range(octaves):
        parts = knots * 2**octave
        dots = [dice.uniform(-1, 1) for _ in range(int(parts) + 3)]
        for x in range(count):
            index, rest = divmod(x * parts / count, 1)
            ease = (1 - math.cos(rest * math.pi)) / 2
            low, high = dots[int(index)], dots[int(index) + 1]
            heights[x] += (low + (high - low) * ease) * gain**octave
    return heights


def mask(size: Size, paint: Callable[[ImageDraw.ImageDraw], None]) -> Image.Image:
    """Return what `paint` drew in white, at double scale, smoothed to `size`."""
    big = Image.new("L", (size[0] * 2, size[1] * 2))
    paint(ImageDraw.Draw(big))
    return big.reduce(2)


def polygon(draw: ImageDraw.ImageDraw, points: Iterable[Point]) -> None:
    """Fill a polygon given in final pixels, on a sheet of double scale."""
    draw.polygon([(x * 2, y * 2) for x, y in points], fill=255)


def below(size: Size, line: list[Point]) -> Image.Image:
    """Return the mask of everything below a line from the left to the right edge."""
    return mask(size, lambda draw: polygon(draw, [*line, size, (0, size[1])]))


def disk(center: Point, radius: float, scale: float = 1) -> tuple[float, ...]:
    """Return the box of a circle."""
    x, y = center
    return tuple(v * scale for v in (x - radius, y - radius, x + radius, y + radius))


def glow(size: Size, center: Point, radius: float, power: float) -> Image.Image:
    """Return a round light, white in the center, black from `radius` on."""
    # Pillow's gradient grows to the corners of its square: the edge is at 180.
    table = [round(255 * max(0, 1 - level / 179) ** power) for level in range(256)]
    reach = max(2, round(radius * 2))
    lamp = Image.radial_gradient("L").point(table).resize((reach, reach), SMOOTH)
    sheet = Image.new("L", size)
    sheet.paste(lamp, (round(center[0] - radius), round(center[1] - radius)))
    return sheet


def moved(image: Image.Image, right: float, down: float) -> Image.Image:
    """Return the picture shifted by pixels; borders that come free stay as they are."""
    sheet = image.copy()
    sheet.paste(image, (round(right), round(down)))
    return sheet


def lay(base: Image.Image, paint: Color, where: Image.Image, strength: float) -> None:
    """Cover the base with one color where the mask is white."""
    base.paste(paint, (0, 0), where.point(lambda level: level * strength))


def light(base: Image.Image, paint: Color, where: Image.Image) -> Image.Image:
    """Return the base with colored light added where the mask is white."""
    lamp = Image.new("RGB", base.size)
    lamp.paste(paint, (0, 0), where)
    return ImageChops.screen(base, lamp)


def times(base: Image.Image, shade: Image.Image) -> Image.Image:
    """Return the base darkened by a gray picture."""
    return ImageChops.multiply(base, Image.merge("RGB", (shade,) * 3))


def shine(base: Image.Image, radius: float, strength: float) -> Image.Image:
    """Return the base with its bright parts shining over their edges."""
    halo = base.reduce(4).filter(ImageFilter.GaussianBlur(radius / 4))
    halo = halo.point([round(max(0, v - 50) * strength) for v in range(256)] * 3)
    return ImageChops.screen(base, halo.resize(base.size, SMOOTH))


def mirrored(
    dice: random.Random, view: Image.Image, height: int, knots: float
) -> Image.Image:
    """Return the view upside down, broken up by water that is not quite still."""
    width = view.width
    mirror = view.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((width, height))
    waves = profile(dice, height, knots, 3, 0.65)
    water = Image.new("RGB", (width, height))
    for y in range(height):
        reach = width / 2400 * (3 + 28 * y / height) * waves[y]
        row = min(height - 1, max(0, round(y + reach)))
        strip = mirror.crop((0, row, width, row + 1))
        water.paste(ImageChops.offset(strip, round(reach), 0), (0, y))
    return water.filter(ImageFilter.BoxBlur((width / 700, height / 400)))


def finish(base: Image.Image, dice: random.Random, amount: float = 7) -> Image.Image:
    """Return the base with darker corners, and grain that hides gradient steps."""
    table = [round(255 - 25 * (level / 255) ** 2.2) for level in range(256)]
    base = times(
        base, Image.radial_gradient("L").point(table).resize(base.size, SMOOTH)
    )
    pixels = base.width * base.height
    raw = [Image.frombytes("L", base.size, dice.randbytes(pixels)) for _ in range(2)]
    table = [round(128 + (level - 127.5) * amount / 64) for level in range(256)]
    speck = Image.blend(raw[0], raw[1], 0.5).point(table)
    return ImageChops.add(base, Image.merge("RGB", (speck,) * 3), 1, -128)


def paper(dice: random.Random, size: Size, tint: Color) -> Image.Image:
    """Return a sheet of paper with fibers that catch a little light."""
    sheet = Image.new("RGB", size, tint)
    lay(sheet, mix(tint, (90, 70, 50), 0.22), noise(dice, size, 420, 2, 0.8), 0.5)
    return sheet
