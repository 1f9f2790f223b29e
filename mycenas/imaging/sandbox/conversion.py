"""Conversion from the color space of a profile to sRGB, step by step as in browsers.

They first convert colors to a space that one curve and three primaries describe, in
eight bits, and from there to sRGB.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from typing import Any, cast

from PIL import Image, ImageChops, ImageFilter

from mycenas.imaging.sandbox.color_spaces import inverse, times
from mycenas.imaging.sandbox.curves import (
    Curve,
    Parametric,
    blended,
    image_of,
    mixed,
    samples_of,
)
from mycenas.imaging.sandbox.errors import InvalidImage
from mycenas.imaging.sandbox.icc import D50, INKS, LAB, IccProfile, Matrix

# Pixels converted at once; each takes a hundred bytes of memory.
AT_ONCE = 500_000
# Color tables take two seconds per million pixels; larger images are converted by a
# finer table, of each fifth level, which is less exact where colors are clipped.
MOST_EXACT, LEVEL = 500_000, 5
# How far numbers of two spaces may differ that count as one.
SAME_PRIMARY, SAME_CURVE = 0.01, 0.001
STRAIGHT = Parametric()
SRGB_CURVE = Parametric(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
SRGB_PRIMARIES: Matrix = (
    (0.436065674, 0.385147095, 0.143066406),
    (0.222488403, 0.716873169, 0.060607910),
    (0.013916016, 0.097076416, 0.714096069),
)
Channels = list[Image.Image]


@dataclass(frozen=True)
class Space:
    """Three primaries, as a matrix from linear light to XYZ, and one curve."""

    curve: Parametric
    primaries: Matrix


SRGB = Space(SRGB_CURVE, SRGB_PRIMARIES)


def converted(image: Image.Image, profile: IccProfile) -> Image.Image:
    """Return an image in L, RGB or CMYK converted to sRGB."""
    if image.mode == "L":
        return by_levels(image, profile)
    if image.mode == "CMYK":
        # Browsers mix the black ink with the others before they apply the profile.
        image = image.convert("RGB")
    lit = light(list(sample()), profile)
    space = space_of(profile, lit)
    is_equal = profile.space != INKS and seem_equal(lit, space)

    def convert(strip: Image.Image) -> Image.Image:
        channels = list(strip.split())
        if not is_equal:
            channels = into_space(channels, profile, space)
        return Image.merge("RGB", into_srgb(channels, space))

    if profile.table and image.width * image.height > MOST_EXACT:
        return by_table(image, convert)
    return in_strips(image, convert)


def by_levels(image: Image.Image, profile: IccProfile) -> Image.Image:
    """Convert a gray image by the conversion of each level."""
    levels = Image.frombytes("L", (256, 1), bytes(range(256)))
    shown = converted(Image.merge("RGB", (levels, levels, levels)), profile)
    return Image.merge(
        "RGB", [image.point(list(one.tobytes())) for one in shown.split()]
    )


def in_strips(
    image: Image.Image, convert: Callable[[Image.Image], Image.Image]
) -> Image.Image:
    whole = Image.new("RGB", image.size)
    height = max(1, AT_ONCE // image.width)
    for top in range(0, image.height, height):
        box = (0, top, image.width, min(top + height, image.height))
        whole.paste(convert(image.crop(box)), box)
    return whole


def by_table(
    image: Image.Image, convert: Callable[[Image.Image], Image.Image]
) -> Image.Image:
    levels = range(0, 256, LEVEL)
    colors = bytes(n for b, g, r in product(levels, repeat=3) for n in (r, g, b))
    size = (len(levels) ** 2, len(levels))
    shown = convert(Image.frombytes("RGB", size, colors)).tobytes()
    table = [value / 255 for value in shown]
    return image.filter(ImageFilter.Color3DLUT(len(levels), table))


def space_of(profile: IccProfile, lit: Channels) -> Space:
    """Return the space in which browsers keep the image until it is shown.

    `lit` is the light of the sample.
    """
    if profile.primaries is None:
        return SRGB
    curves = profile.curves or ()
    first, *others = curves or (None,)
    if curves and seem_equal(lit, SRGB):
        return SRGB
    if isinstance(first, Parametric) and all(other == first for other in others):
        return standard(first, profile.primaries)
    return standard(SRGB_CURVE, profile.primaries)


def standard(curve: Parametric, primaries: Matrix) -> Space:
    """Return a space; curves and primaries close to those of sRGB become them."""
    if is_almost(curve, SRGB_CURVE):
        curve = SRGB_CURVE
    if curve in (SRGB_CURVE, STRAIGHT) and all(
        abs(one - other) < SAME_PRIMARY
        for rows in zip(primaries, SRGB_PRIMARIES, strict=True)
        for one, other in zip(*rows, strict=True)
    ):
        primaries = SRGB_PRIMARIES
    return Space(curve, primaries)


def is_almost(curve: Parametric, other: Parametric) -> bool:
    return all(
        abs(value - vars(other)[name]) < SAME_CURVE
        for name, value in vars(curve).items()
    )


def seem_equal(lit: Channels, space: Space) -> bool:
    """Whether no color of the sample differs from this by more than a step of light."""
    colors = sample()
    curves = [space.curve] * 3
    other = (blended(row, colors, curves) for row in space.primaries)
    pairs = zip(lit, other, strict=True)
    steps = (
        ImageChops.difference(*(samples_of(one, STRAIGHT) for one in pair)).getextrema()
        for pair in pairs
    )
    return max(cast("int", high) for _, high in steps) <= 1


@cache
def sample() -> tuple[Image.Image, ...]:
    """Return channels of colors without order, which hold each level once."""
    levels = bytes(level * 167 % 256 for level in range(252))
    return Image.frombytes("RGB", (84, 1), levels).split()


def light(channels: Channels, profile: IccProfile) -> Channels:
    """Return XYZ of channels of eight bits."""
    if profile.space == INKS:
        channels = [ImageChops.invert(channel) for channel in channels]
    if profile.table:
        lit = profile.table.applied(channels)
        return from_lab(lit) if profile.connection == LAB else lit
    curves = profile.curves or ()
    return [blended(row, channels, curves) for row in profile.primaries or ()]


def from_lab(channels: Channels) -> Channels:
    """Return XYZ of Lab."""
    lightness, a, b = channels
    shifts = ((a, 255 / 500, -128 / 500), (a, 0.0, 0.0), (b, -255 / 200, 128 / 200))
    return [
        image_of(
            partial(unbent, factor, start, white), lightness=lightness, other=other
        )
        for (other, factor, start), white in zip(shifts, D50, strict=True)
    ]


def unbent(factor: float, start: float, white: float, given: dict[str, Any]) -> Any:
    value = (given["lightness"] * 100.0 + 16.0) / 116.0
    value = value + given["other"] * factor + start
    cube = value * value * value
    line = (value - 16 / 116) / 7.787
    return (line + (cube > 0.008856) * (cube - line)) * white


def into_space(channels: Channels, profile: IccProfile, space: Space) -> Channels:
    if not space.curve.has_inverse():
        # Browsers show such an image in one color, or without converting it.
        raise InvalidImage("damaged")
    if not profile.table and profile.primaries == space.primaries:
        pairs = zip(channels, profile.curves or (), strict=True)
        return [bent(channel, curve, space.curve) for channel, curve in pairs]
    lit = light(channels, profile)
    rows = backward(space.primaries)
    return [samples_of(mixed(row, lit), space.curve) for row in rows]


def bent(channel: Image.Image, curve: Curve, target: Parametric) -> Image.Image:
    """Return a channel of eight bits by another curve."""
    samples = (target.inverse(curve.at(level / 255)) for level in range(256))
    return channel.point(
        [round(min(max(sample, 0.0), 1.0) * 255) for sample in samples]
    )


def backward(primaries: Matrix) -> Matrix:
    try:
        return inverse(primaries)
    except ZeroDivisionError as error:
        # Browsers show such an image without converting it.
        raise InvalidImage("damaged") from error


def into_srgb(channels: Sequence[Image.Image], space: Space) -> Sequence[Image.Image]:
    if space == SRGB:
        return channels
    if space.primaries == SRGB_PRIMARIES:
        return [bent(channel, space.curve, SRGB_CURVE) for channel in channels]
    rows = times(inverse(SRGB_PRIMARIES), space.primaries)
    curves = [space.curve] * 3
    return [samples_of(blended(row, channels, curves), SRGB_CURVE) for row in rows]
