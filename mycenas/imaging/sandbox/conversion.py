"""Conversion from the color space of a profile to sRGB, step by step as in browsers.

They first convert colors to a space that one curve and three primaries describe, in
eight bits, and from there to sRGB.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import Any, cast

from PIL import Image, ImageChops

from mycenas.imaging.sandbox.color_spaces import SRGB_PRIMARIES, inverse, times
from mycenas.imaging.sandbox.curves import (
    SRGB_CURVE,
    Curve,
    Parametric,
    blended,
    image_of,
    mixed,
    samples_of,
)
from mycenas.imaging.sandbox.errors import InvalidImage
from mycenas.imaging.sandbox.icc import D50, INKS, LAB, IccProfile, Matrix
from mycenas.imaging.sandbox.steps import (
    LEVELS,
    Channels,
    Step,
    computed,
    from_light,
    pointwise,
)

# How far numbers of two spaces may differ that count as one.
SAME_PRIMARY, SAME_CURVE = 0.01, 0.001
STRAIGHT = Parametric()


@dataclass(frozen=True)
class Space:
    """Three primaries, as a matrix from linear light to XYZ, and one curve."""

    curve: Parametric
    primaries: Matrix


SRGB = Space(SRGB_CURVE, SRGB_PRIMARIES)


def steps_of(profile: IccProfile, pixels: int) -> list[Step]:
    """Return the steps to sRGB, for an image of so many pixels; none from sRGB.

    Browsers mix black ink with the others before they apply a profile.
    """
    lit = light(list(sample()), profile)
    space = space_of(profile, lit)
    is_equal = profile.space != INKS and seem_equal(lit, space)
    first = [] if is_equal else [into_space(profile, space, pixels)]
    return [*first, *into_srgb(space, pixels)]


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
    steps = (ImageChops.difference(*map(bytes_of, pair)).getextrema() for pair in pairs)
    return max(cast("int", high) for _, high in steps) <= 1


def bytes_of(lit: Image.Image) -> Image.Image:
    """Return light from 0 to 1 in eight bits."""
    return lit.point(lambda number: number * 255 + 0.5).convert("L")


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


def into_space(profile: IccProfile, space: Space, pixels: int) -> Step:
    if not space.curve.has_inverse():
        # Browsers show such an image in one color, or without converting it.
        raise InvalidImage("damaged")
    if not profile.table and profile.primaries == space.primaries:
        curves = profile.curves or ()
        return pointwise([bent(curve, space.curve) for curve in curves])
    rows = backward(space.primaries)

    def compute(channels: Channels) -> Channels:
        lit = light(channels, profile)
        return [samples_of(mixed(row, lit), space.curve) for row in rows]

    return computed(compute, pixels)


def bent(curve: Curve, target: Parametric) -> list[int]:
    """Return each level of eight bits by another curve."""
    samples = (target.inverse(curve.at(level / 255)) for level in LEVELS)
    return [round(min(max(sample, 0.0), 1.0) * 255) for sample in samples]


def backward(primaries: Matrix) -> Matrix:
    try:
        return inverse(primaries)
    except ZeroDivisionError as error:
        # Browsers show such an image without converting it.
        raise InvalidImage("damaged") from error


def into_srgb(space: Space, pixels: int) -> list[Step]:
    if space == SRGB:
        return []
    if space.primaries == SRGB_PRIMARIES:
        return [pointwise([bent(space.curve, SRGB_CURVE)] * 3)]
    rows = times(inverse(SRGB_PRIMARIES), space.primaries)
    curves = [space.curve] * 3

    def compute(channels: Channels) -> Channels:
        return [samples_of(blended(row, channels, curves), SRGB_CURVE) for row in rows]

    levels = [space.curve.at(level / 255) for level in LEVELS]
    step = from_light(levels, space.primaries)
    return [step or computed(compute, pixels)]
