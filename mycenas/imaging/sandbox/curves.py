"""Curves of color spaces, from samples to light, as browsers read and apply them."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial, reduce
from operator import mul
from typing import Any, cast

from PIL import Image, ImageMath

from mycenas.imaging.sandbox.errors import InvalidImage

# How many numbers each kind of parametric curve has.
NUMBERS = (1, 3, 4, 5, 7)
MOST_ENTRIES = 1 << 24
# Light is looked up in tables of this highest number.
FINEST = 65_535
LARGEST_BREAK, STEEPEST = 1 / 512, 30_000.0
# Light beyond this is far beyond white.
LARGEST = 1e9
LEAST_LOG = -126.0


def image_of(
    compute: Callable[[dict[str, Any]], Any], **given: Image.Image
) -> Image.Image:
    """Return the image that is computed of these."""
    return cast("Image.Image", ImageMath.lambda_eval(compute, **given))


def power(base: float, exponent: float) -> float:
    """Return a power as browsers approximate it: of nothing it is nothing.

    The error is less than a thousandth, enough to round some levels of eight bits the
    other way.
    """
    if base <= 0 or base == 1:
        return max(base, 0.0)
    share, scale = math.frexp(base)
    log = scale + 0.77448501 + 0.501969698 * share - 1.72587999 / (0.3520887068 + share)
    number = min(max(log * exponent, LEAST_LOG), math.log2(LARGEST))
    rest = number % 1
    bits = number + 121.2740575 - 1.49012907 * rest + 27.7280233 / (4.84252568 - rest)
    return math.ldexp(1 + bits % 1, math.floor(bits) - 127)


@dataclass(frozen=True)
class Parametric:
    """`(a * x + b) ** power + e`, and `c * x + f` below `d`; the same below zero."""

    power: float = 1.0
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0
    e: float = 0.0
    f: float = 0.0

    def is_valid(self) -> bool:
        least = min(self.power, self.a, self.c, self.d, self.a * self.d + self.b)
        return least >= 0

    def has_inverse(self) -> bool:
        """Whether browsers find the inverse: of a curve without a break."""
        below, above = (
            self.c * self.d + self.f,
            power(self.a * self.d + self.b, self.power),
        )
        return (
            min(self.a, self.power) > 0 and abs(below - above - self.e) <= LARGEST_BREAK
        )

    def at(self, sample: float) -> float:
        size = abs(sample)
        if size < self.d:
            light = self.c * size + self.f
        else:
            light = power(self.a * size + self.b, self.power) + self.e
        return math.copysign(1, sample) * light

    def inverse(self, light: float) -> float:
        """Return the sample from 0 to 1 of this light."""
        bend = self.c * self.d + self.f
        if light < bend and self.c:
            return (light - self.f) / self.c
        if not self.power or not self.a:
            return 1.0
        scale, shift = inverse_of(self)
        return power(scale * (light - self.e), 1 / self.power) + shift

    def applied(self, channel: Image.Image) -> Image.Image:
        """Return a channel of floating-point samples as light."""
        return image_of(self.lit, sample=channel)

    def lit(self, given: dict[str, Any]) -> Any:
        sample = given["sample"]
        size = abs(sample)
        base = given["max"](size * self.a + self.b, 1e-20)
        bright = given["min"](base**self.power, LARGEST) + self.e
        light = bright + (size < self.d) * (size * self.c + self.f - bright)
        return light * (1.0 - 2.0 * (sample < 0.0))


SRGB_CURVE = Parametric(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
# The numbers of its inverse in browsers, to the last digit; see `inverse_of`.
SRGB_INVERSE = 1.137283325, -0.054969788


@cache
def inverse_of(curve: Parametric) -> tuple[float, float]:
    """Return factor and summand of the inverse, which browsers let lead to 1."""
    if curve == SRGB_CURVE:
        return SRGB_INVERSE
    scale = power(curve.a, -curve.power)
    return scale, 1 - power(scale * (curve.at(1.0) - curve.e), 1 / curve.power)


@dataclass(frozen=True)
class Sampled:
    """Light at even distances, from 0 to 1."""

    values: Sequence[float]

    def at(self, sample: float) -> float:
        place = min(max(sample, 0.0), 1.0) * (len(self.values) - 1)
        low = int(place)
        high = min(low + 1, len(self.values) - 1)
        return self.values[low] + (self.values[high] - self.values[low]) * (place - low)

    def applied(self, channel: Image.Image) -> Image.Image:
        """Return a channel of floating-point samples as light."""
        table = [round(self.at(n / FINEST) * FINEST) for n in range(FINEST + 1)]
        return Lookup(table).at(whole(channel))


Curve = Parametric | Sampled
STRAIGHT = Parametric()


def whole(channel: Image.Image) -> Image.Image:
    """Return floating-point numbers from 0 to 1 as places in a table of light."""
    return channel.point(lambda number: number * FINEST + 0.5).convert("I")


class Lookup:
    """A table of numbers of 16 bits, from 0 to 1, at integer places."""

    def __init__(self, numbers: Sequence[int]) -> None:
        # Pillow looks up in tables of two sizes; the smaller is much faster.
        self.mode, size = ("L", 256) if len(numbers) <= 256 else ("I", FINEST + 1)
        filled = [*numbers, *[0] * (size - len(numbers))]
        self.high = [number >> 8 for number in filled]
        self.low = [number & 0xFF for number in filled]

    def at(self, places: Image.Image) -> Image.Image:
        places = places.convert(self.mode)
        high, low = places.point(self.high, "L"), places.point(self.low, "L")
        return image_of(joined, high=high, low=low)


def joined(given: dict[str, Any]) -> Any:
    high, low = given["float"](given["high"]), given["float"](given["low"])
    return (high * 256.0 + low) / float(FINEST)


def light_of(channel: Image.Image, curve: Curve) -> Image.Image:
    """Return a channel of eight bits as light."""
    return channel.point([curve.at(level / 255) for level in range(256)], "F")


def samples_of(channel: Image.Image, curve: Parametric) -> Image.Image:
    """Return light as a channel of eight bits."""
    return whole(channel).point(levels_of(curve), "L")


@cache
def levels_of(curve: Parametric) -> list[int]:
    samples = (curve.inverse(light / FINEST) for light in range(FINEST + 1))
    return [round(min(max(sample, 0.0), 1.0) * 255) for sample in samples]


def read_curve(data: bytes) -> tuple[Curve, int] | None:
    """Return the curve that begins here and its length; None if it is not valid."""
    reader = {b"para": read_parametric, b"curv": read_sampled}.get(data[:4])
    return reader(data) if reader and len(data) >= 12 else None


def read_parametric(data: bytes) -> tuple[Curve, int] | None:
    kind = int.from_bytes(data[8:10], "big")
    if kind >= len(NUMBERS) or len(data) < 12 + 4 * NUMBERS[kind]:
        return None
    end = 12 + 4 * NUMBERS[kind]
    g, *given = numbers_of(data[12:end])
    if max(map(abs, (g, *given))) > STEEPEST:
        # Browsers count with too few bits to show such an image.
        raise InvalidImage("damaged")
    if kind in (1, 2):
        a, b, *shift = given
        if not a:
            return None
        shifts = shift * 2 or [0.0, 0.0]
        curve = Parametric(g, a, b, 0.0, -b / a, *shifts)
    else:
        curve = Parametric(g, *given)
    return (curve, end) if curve.is_valid() else None


def read_sampled(data: bytes) -> tuple[Curve, int] | None:
    count = int.from_bytes(data[8:12], "big")
    end = 12 + 2 * count
    if count > MOST_ENTRIES or len(data) < end:
        return None
    values = struct.unpack(f">{count}H", data[12:end])
    if count < 2:
        return (Parametric(values[0] / 256) if values else STRAIGHT), end
    return Sampled([value / FINEST for value in values]), end


def read_curves(data: bytes, start: int, count: int) -> list[Curve] | None:
    """Return curves that follow each other, each from a multiple of four bytes."""
    curves = []
    for _ in range(count):
        found = read_curve(data[start:]) if start <= len(data) else None
        if found is None:
            return None
        curves.append(found[0])
        start += found[1] + -found[1] % 4
    return curves


def numbers_of(data: bytes) -> list[float]:
    """Return numbers of 16 bits before the point and 16 bits after it."""
    return [n / 65536 for n in struct.unpack(f">{len(data) // 4}i", data)]


def mixed(row: Sequence[float], channels: Sequence[Image.Image]) -> Image.Image:
    """Return the sum of the channels, weighed by the row; one more number is added."""
    shares = [
        channel.point(partial(mul, share))
        for share, channel in zip(row, channels, strict=False)
    ]
    total = reduce(added, shares)
    rest = sum(row[len(channels) :])
    return total.point(lambda number: number * 1.0 + rest) if rest else total


def added(one: Image.Image, other: Image.Image) -> Image.Image:
    return image_of(lambda given: given["one"] + given["other"], one=one, other=other)


def blended(
    row: Sequence[float], channels: Sequence[Image.Image], curves: Sequence[Curve]
) -> Image.Image:
    """Return the weighed sum of the light of channels of eight bits."""
    parts = (
        channel.point([share * curve.at(level / 255) for level in range(256)], "F")
        for share, channel, curve in zip(row, channels, curves, strict=True)
    )
    return reduce(added, parts)
