"""Convert images to sRGB."""

from __future__ import annotations

from collections.abc import Iterable

from PIL import Image

from mycenas.imaging.sandbox.conversion import converted
from mycenas.imaging.sandbox.hdr import HdrSpace
from mycenas.imaging.sandbox.icc import COLORS, GRAYS, INKS, SPACE, read_profile
from mycenas.imaging.sandbox.png_colors import Profile

# The images that a profile is for, by its color model.
MODES = {GRAYS: ("L",), INKS: ("CMYK",), COLORS: ("L", "RGB")}


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
        shown = by_profile(image, profile) if profile else image.convert("RGB")
        if shown is not None:
            return shown
    return image.convert("RGB")


def by_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Return the image converted from the profile; None if the profile is invalid.

    A valid profile for another color model means sRGB.
    """
    found = read_profile(profile)
    if found is None:
        return None
    if image.mode not in MODES.get(profile[SPACE], ()):
        return image.convert("RGB")
    return converted(image, found)
