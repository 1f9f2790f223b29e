"""Steps that convert the colors of an image, and how they are applied.

A step takes and returns an image in RGB or RGBA and leaves its alpha as it is.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product

from PIL import Image, ImageChops, ImageCms, ImageFilter

from mycenas.imaging.sandbox.color_spaces import (
    SRGB_CURVE,
    SRGB_PRIMARIES,
    Matrix,
    inverse,
    parametric,
    profile_of,
    times,
    transposed,
    triple,
)

Step = Callable[[Image.Image], Image.Image]
Channels = list[Image.Image]
Compute = Callable[[Channels], Sequence[Image.Image]]

# Pixels converted at once; each takes a hundred bytes of memory.
AT_ONCE = 500_000
# A step that computes takes up to two seconds per million pixels. In larger images it
# is applied by a table of each fifth level, which is less exact where colors are
# clipped.
MOST_COMPUTED, LEVEL = 500_000, 5
LEVELS = range(256)
# The highest number of a curve in a profile.
FINEST = 65_535
# The sum of light up to which the color management counts without overflow.
STRONGEST = 6.0
INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC


def applied(image: Image.Image, steps: Sequence[Step]) -> Image.Image:
    """Return the image in L, LA, RGB or RGBA after these steps; may change it."""
    if not steps:
        return image
    if image.mode in ("L", "LA"):
        return by_levels(image, steps)
    for box in strips(image):
        strip = image.crop(box)
        for step in steps:
            strip = step(strip)
        image.paste(strip, box)
    return image


def strips(image: Image.Image) -> Iterator[tuple[int, int, int, int]]:
    height = max(1, AT_ONCE // image.width)
    for top in range(0, image.height, height):
        yield (0, top, image.width, min(top + height, image.height))


def without_black(image: Image.Image) -> Image.Image:
    """Return an image in CMYK as RGB, mixed and rounded as browsers do."""
    whole = Image.new("RGB", image.size)
    for box in strips(image):
        *colors, white = ImageChops.invert(image.crop(box)).split()
        mixed = [ImageChops.multiply(color, white) for color in colors]
        whole.paste(Image.merge("RGB", mixed), box)
    return whole


def by_levels(image: Image.Image, steps: Iterable[Step]) -> Image.Image:
    """Convert a gray image by the conversion of each level."""
    levels = Image.frombytes("L", (256, 1), bytes(LEVELS))
    shown = Image.merge("RGB", (levels, levels, levels))
    for step in steps:
        shown = step(shown)
    red, green, blue = (list(channel.tobytes()) for channel in shown.split())
    if red == green == blue:
        return image.point(red + list(LEVELS) * (image.mode == "LA"))
    image = image.convert("RGBA" if image.mode == "LA" else "RGB")
    return pointwise((red, green, blue))(image)


def pointwise(tables: Sequence[Sequence[int]]) -> Step:
    """Return the step that looks each channel up in its table."""
    flat = [value for table in tables for value in table]

    def step(image: Image.Image) -> Image.Image:
        return image.point(flat + list(LEVELS) * (image.mode == "RGBA"))

    return step


def computed(compute: Compute, pixels: int) -> Step:
    """Return the step that computes channels, for an image of so many pixels."""

    def step(image: Image.Image) -> Image.Image:
        channels = image.split()
        return Image.merge(image.mode, (*compute(list(channels[:3])), *channels[3:]))

    return step if pixels <= MOST_COMPUTED else by_table(step)


def by_table(step: Step) -> Step:
    """Return the step that mixes the results of `step` for each fifth level."""
    levels = range(0, 256, LEVEL)
    colors = bytes(n for b, g, r in product(levels, repeat=3) for n in (r, g, b))
    size = (len(levels) ** 2, len(levels))
    results = step(Image.frombytes("RGB", size, colors)).tobytes()
    table = ImageFilter.Color3DLUT(len(levels), [value / 255 for value in results])
    return lambda image: image.filter(table)


def from_light(levels: Sequence[float], primaries: Matrix) -> Step | None:
    """Return the step to sRGB from the light of each level and three primaries.

    None if the light is too strong for the color management, or below zero.
    """
    peak = max(levels)
    into_srgb = times(inverse(SRGB_PRIMARIES), primaries)
    strongest = peak * max(sum(map(abs, row)) for row in into_srgb)
    if min(levels) < 0 or not 0 < strongest <= STRONGEST:
        return None
    columns = [
        triple(*(part * peak for part in column)) for column in transposed(primaries)
    ]
    curve = curve_of([value / peak for value in levels])
    profile = opened(profile_of(columns, [curve] * 3))
    transforms = {
        mode: ImageCms.buildTransform(profile, SRGB, mode, mode, INTENT)
        for mode in ("RGB", "RGBA")
    }

    def step(image: Image.Image) -> Image.Image:
        return transforms[image.mode].apply_in_place(image)

    return step


def curve_of(values: Sequence[float]) -> bytes:
    """Return a curve of a profile, by its values from 0 to 1."""
    count = len(values)
    numbers = (round(value * FINEST) for value in values)
    return b"curv" + struct.pack(f">II{count}H", 0, count, *numbers)


def opened(profile: bytes) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(io.BytesIO(profile))


SRGB = opened(
    profile_of(
        [triple(*column) for column in transposed(SRGB_PRIMARIES)],
        [parametric(SRGB_CURVE)] * 3,
    )
)
