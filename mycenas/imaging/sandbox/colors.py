"""Convert images to sRGB."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import cast

from PIL import Image, ImageChops, ImageCms

from mycenas.imaging.sandbox.hdr import HdrSpace
from mycenas.imaging.sandbox.png_colors import Profile

# Differences up to this many 8-bit steps are not visible.
SAME_COLOR = 3
# Offsets of the device class and the connection space in a profile's header.
CLASS, CONNECTION = slice(12, 16), slice(20, 24)
DIRECTORY, ENTRY_SIZE, MOST_ENTRIES, SHORTEST = 128, 12, 200, 132
# Browsers use only the first table, for every rendering intent.
TABLES = b"A2B0"
OTHER_TABLES = frozenset({b"A2B1", b"A2B2", b"D2B0", b"D2B1", b"D2B2", b"D2B3"})
# Exact conversion takes half a second per million pixels; larger images use a
# precomputed table, which is less exact where colors are clipped.
MOST_EXACT = 8_000_000
MODES = {"GRAY": "L", "CMYK": "CMYK", "RGB": "RGB"}


def to_srgb(image: Image.Image, profiles: Iterable[Profile]) -> Image.Image:
    """Return the image as RGB or RGBA, converted from the first valid profile.

    An empty profile means sRGB, and so does no profile.
    """
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    colors = image.convert({"LA": "L", "RGBA": "RGB"}.get(image.mode, image.mode))
    shown = without_alpha(colors, profiles)
    if alpha is not None and alpha.getextrema() != (255, 255):
        shown.putalpha(alpha)
    return shown


def without_alpha(image: Image.Image, profiles: Iterable[Profile]) -> Image.Image:
    """Convert an image in L, RGB or CMYK; see `to_srgb`."""
    for profile in profiles:
        if isinstance(profile, HdrSpace):
            return profile.converted(image.convert("RGB"))
        shown = converted(image, profile) if profile else image.convert("RGB")
        if shown is not None:
            return shown
    return image.convert("RGB")


def converted(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Return the image converted from the profile; None if the profile is invalid.

    A valid profile for another color model means sRGB.
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
    """Return the profile without the parts that browsers ignore."""
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
    """Return the offset of each entry in the profile's directory."""
    count = min(int.from_bytes(profile[DIRECTORY : DIRECTORY + 4], "big"), MOST_ENTRIES)
    first = DIRECTORY + 4
    offsets = range(first, first + ENTRY_SIZE * count, ENTRY_SIZE)
    return {profile[offset : offset + 4]: offset for offset in offsets}


def without_black(image: Image.Image) -> Image.Image:
    """Return a CMYK image with the black ink mixed into the others.

    Browsers do this before they apply the profile.
    """
    if image.mode != "CMYK":
        return image
    inks = ImageChops.invert(image.convert("RGB")).split()
    return Image.merge("CMYK", (*inks, Image.new("L", image.size, 0)))


def is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    """Whether a profile equals sRGB, compared on a cube of colors."""
    steps = range(0, 256, 51)
    cube = Image.new("RGB", (36, 6))
    cube.putdata([(r, g, b) for r in steps for g in steps for b in steps])
    difference = ImageChops.difference(cube, by_profile(cube, profile))
    extremes = cast("tuple[tuple[int, int], ...]", difference.getextrema())
    return max(high for _, high in extremes) <= SAME_COLOR


def by_profile(
    image: Image.Image, profile: ImageCms.ImageCmsProfile, has_tables: bool = False
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
        flags=exact if has_tables else ImageCms.Flags.NONE,
    )
    # Only an in-place conversion returns None.
    return cast("Image.Image", shown)
