"""Convert images to sRGB."""

from __future__ import annotations

import io
from collections.abc import Iterable
from itertools import product
from typing import cast

from PIL import Image, ImageChops, ImageCms

from mycenas.imaging.sandbox.errors import InvalidImage
from mycenas.imaging.sandbox.hdr import HdrSpace
from mycenas.imaging.sandbox.icc import (
    COLORS,
    GRAYS,
    INKS,
    SPACE,
    as_browsers_read,
    has_table,
    is_in_range,
    parts_of,
)
from mycenas.imaging.sandbox.png_colors import Profile

# Differences up to this many 8-bit steps are not visible.
SAME_COLOR = 3
# Exact conversion takes half a second per million pixels; larger images use a
# precomputed table, which is less exact where colors are clipped.
MOST_EXACT = 8_000_000
MODES = {GRAYS: "L", INKS: "CMYK", COLORS: "RGB"}


def to_srgb(image: Image.Image, profiles: Iterable[Profile]) -> Image.Image:
    """Return the image as RGB or RGBA, converted from the first valid profile.

    An empty profile means sRGB, and so does no profile.
    """
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    colors = image.convert({"LA": "L", "RGBA": "RGB"}.get(image.mode, image.mode))
    shown = without_alpha(colors, profiles, alpha)
    if alpha is not None and alpha.getextrema() != (255, 255):
        shown.putalpha(alpha)
    return shown


def without_alpha(
    image: Image.Image, profiles: Iterable[Profile], alpha: Image.Image | None
) -> Image.Image:
    """Convert an image in L, RGB or CMYK, which has this alpha; see `to_srgb`."""
    for profile in profiles:
        if isinstance(profile, HdrSpace):
            plain = image.convert("RGB")
            if image.mode == "CMYK":
                return plain
            plain.putalpha(255 if alpha is None else alpha)
            return profile.converted(plain)
        shown = converted(image, profile) if profile else image.convert("RGB")
        if shown is not None:
            return shown
    return image.convert("RGB")


def converted(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Return the image converted from the profile; None if the profile is invalid.

    A valid profile for another color model means sRGB.
    """
    parts = parts_of(profile)
    if parts is None:
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(as_browsers_read(profile, parts)))
        mode = MODES.get(profile[SPACE])
        if mode == "RGB" and image.mode == "L":
            image = image.convert("RGB")
        if mode != image.mode or (mode == "RGB" and is_srgb(source)):
            return image.convert("RGB")
        in_range = is_in_range(parts)
        if not in_range and image.width * image.height > MOST_EXACT:
            raise InvalidImage("damaged")
        is_exact = has_table(parts) or not in_range
        return by_profile(without_black(image), source, is_exact)
    except (OSError, ImageCms.PyCMSError):
        return None


def without_black(image: Image.Image) -> Image.Image:
    """Return a CMYK image with the black ink mixed into the others.

    Browsers do this before they apply the profile.
    """
    if image.mode != "CMYK":
        return image
    inks = ImageChops.invert(image.convert("RGB")).split()
    return Image.merge("CMYK", (*inks, Image.new("L", image.size, 0)))


def is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    """Whether a profile equals sRGB, compared on a cube of colors and its edges.

    The edges hold each dark level, where curves that are close elsewhere differ.
    """
    steps = range(0, 256, 51)
    cube = [(r, g, b) for r in steps for g in steps for b in steps]
    edges = [
        (r * level, g * level, b * level)
        for r, g, b in product((0, 1), repeat=3)
        for level in range(256)
    ]
    colors = Image.new("RGB", (len(cube) + len(edges), 1))
    colors.putdata(cube + edges)
    difference = ImageChops.difference(colors, by_profile(colors, profile))
    extremes = cast("tuple[tuple[int, int], ...]", difference.getextrema())
    return max(high for _, high in extremes) <= SAME_COLOR


def by_profile(
    image: Image.Image, profile: ImageCms.ImageCmsProfile, is_exact: bool = False
) -> Image.Image:
    """Return the image converted from its profile to sRGB."""
    is_small = image.width * image.height <= MOST_EXACT
    exact = ImageCms.Flags.NOOPTIMIZE if is_small else ImageCms.Flags.HIGHRESPRECALC
    shown = ImageCms.profileToProfile(
        image,
        profile,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=exact if is_exact else ImageCms.Flags.NONE,
    )
    # Only an in-place conversion returns None.
    return cast("Image.Image", shown)
