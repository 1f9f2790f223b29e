"""Show pictures in sRGB, the color space that every screen is expected to know."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import cast

from PIL import Image, ImageChops, ImageCms

from submissions.processing.darkroom.hdr import BrightSpace
from submissions.processing.darkroom.naming import Profile

# Two profiles this close, in 8-bit steps, are told apart by no eye.
SAME_COLOR = 3
# Where a profile's header names its class and the space it leads to.
CLASS, CONNECTION = slice(12, 16), slice(20, 24)
DIRECTORY, ENTRY_SIZE, MOST_ENTRIES, SHORTEST = 128, 12, 200, 132
# Browsers look at the first of the tables only, whatever is asked of the colors.
TABLES = b"A2B0"
OTHER_TABLES = frozenset({b"A2B1", b"A2B2", b"D2B0", b"D2B1", b"D2B2", b"D2B3"})
# Exact conversion by tables takes half a second for a million pixels; larger pictures
# are converted by a finer table, which is less exact where colors are clipped.
MOST_EXACT = 8_000_000
MODES = {"GRAY": "L", "CMYK": "CMYK", "RGB": "RGB"}


def to_srgb(image: Image.Image, profiles: Iterable[Profile]) -> Image.Image:
    """Return the picture as RGB or RGBA, out of the first profile that makes sense.

    An empty profile is sRGB, and so is having none.
    """
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    colors = image.convert({"LA": "L", "RGBA": "RGB"}.get(image.mode, image.mode))
    shown = without_alpha(colors, profiles)
    if alpha is not None and alpha.getextrema() != (255, 255):
        shown.putalpha(alpha)
    return shown


def without_alpha(image: Image.Image, profiles: Iterable[Profile]) -> Image.Image:
    """Do the work of `to_srgb` for a picture in L, RGB or CMYK."""
    for profile in profiles:
        if isinstance(profile, BrightSpace):
            return profile.converted(image.convert("RGB"))
        shown = converted(image, profile) if profile else image.convert("RGB")
        if shown is not None:
            return shown
    return image.convert("RGB")


def converted(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Return the picture converted from its profile; None if that makes no sense.

    One that makes sense, though not for this picture, means sRGB.
    """
    if not SHORTEST <= int.from_bytes(profile[:4], "big") <= len(profile):
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(as_browsers_read(profile)))
        space = source.profile.xcolor_space.strip()
        if space == "RGB" and image.mode == "L":
            image = image.convert("RGB")
        if MODES.get(space) != image.mode or (space == "RGB" and is_srgb(source)):
            return image.convert("RGB")
        return by_profile(without_black(image), source, TABLES in entries_of(profile))
    except (OSError, ImageCms.PyCMSError):
        return None


def as_browsers_read(profile: bytes) -> bytes:
    """Return the profile without what browsers do not look at."""
    raw = bytearray(profile)
    entries = entries_of(profile)
    if TABLES in entries:
        for name in entries.keys() & OTHER_TABLES:
            raw[entries[name] : entries[name] + 4] = b"none"
    elif b"rXYZ" in entries:
        raw[CONNECTION] = b"XYZ "
    raw[CLASS] = b"mntr" if raw[16:20] != b"CMYK" else b"prtr"
    return bytes(raw)


def entries_of(profile: bytes) -> dict[bytes, int]:
    """Return where the profile's directory names each of its parts."""
    count = min(int.from_bytes(profile[DIRECTORY : DIRECTORY + 4], "big"), MOST_ENTRIES)
    first = DIRECTORY + 4
    places = range(first, first + ENTRY_SIZE * count, ENTRY_SIZE)
    return {profile[place : place + 4]: place for place in places}


def without_black(image: Image.Image) -> Image.Image:
    """Return a picture in CMYK whose black went into the other inks.

    Browsers mix the inks before they look at the profile.
    """
    if image.mode != "CMYK":
        return image
    inks = ImageChops.invert(image.convert("RGB")).split()
    return Image.merge("CMYK", (*inks, Image.new("L", image.size, 0)))


def is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    """Tell by its effect on a cube of colors whether a profile is sRGB."""
    steps = range(0, 256, 51)
    cube = Image.new("RGB", (36, 6))
    cube.putdata([(r, g, b) for r in steps for g in steps for b in steps])
    difference = ImageChops.difference(cube, by_profile(cube, profile))
    extremes = cast("tuple[tuple[int, int], ...]", difference.getextrema())
    return max(high for _, high in extremes) <= SAME_COLOR


def by_profile(
    image: Image.Image, profile: ImageCms.ImageCmsProfile, has_tables: bool = False
) -> Image.Image:
    """Return the picture converted from its profile to sRGB."""
    is_small = image.width * image.height <= MOST_EXACT
    exact = ImageCms.Flags.NOOPTIMIZE if is_small else ImageCms.Flags.HIGHRESPRECALC
    shown = ImageCms.profileToProfile(
        image,
        profile,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=exact if has_tables else ImageCms.Flags.NONE,
    )
    # Only a conversion in place returns nothing.
    return cast("Image.Image", shown)
