"""Convert images to sRGB."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PIL import Image

from mycenas.imaging.sandbox.conversion import steps_of
from mycenas.imaging.sandbox.hdr import HdrSpace
from mycenas.imaging.sandbox.icc import COLORS, GRAYS, INKS, SPACE, read_profile
from mycenas.imaging.sandbox.png_colors import Profile
from mycenas.imaging.sandbox.steps import Step, applied, without_black

# The images that a profile is for, by its color model. Code points in a profile for
# inks describe the colors that browsers mix of them.
MODES = {GRAYS: ("L",), INKS: ("CMYK",), COLORS: ("L", "RGB", "CMYK")}
SOLID = (255, 255)


def steps_to_srgb(profiles: Iterable[Profile], mode: str, pixels: int) -> list[Step]:
    """Return the steps from the first valid profile.

    They are for an image of so many pixels in L, RGB or CMYK, with or without alpha.
    An empty profile means sRGB, and so does no profile, or one for another color model.
    """
    mode = {"LA": "L", "RGBA": "RGB"}.get(mode, mode)
    for profile in profiles:
        if isinstance(profile, HdrSpace):
            return [profile.step(pixels)]
        found = read_profile(profile) if profile else None
        if found:
            is_for_mode = mode in MODES.get(profile[SPACE], ())
            return steps_of(found, pixels) if is_for_mode else []
        if not profile:
            return []
    return []


def to_srgb(image: Image.Image, steps: Sequence[Step]) -> Image.Image:
    """Return the image after these steps, in a mode other than CMYK; may change it."""
    return applied(without_black(image) if image.mode == "CMYK" else image, steps)


def without_solid_alpha(image: Image.Image) -> Image.Image:
    """Return the image as RGB, or as RGBA if a pixel is transparent."""
    if image.mode in ("LA", "RGBA") and image.getchannel("A").getextrema() != SOLID:
        return image.convert("RGBA")
    return image.convert("RGB")
