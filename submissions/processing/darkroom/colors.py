"""Bring pictures to the colors of the web without changing how they look."""

from __future__ import annotations

import io
from typing import cast

from PIL import Image, ImageChops, ImageCms

# Profiles of cameras and screens take a few KiB; larger ones would outweigh a
# thumbnail, so such pictures are converted to sRGB instead.
LARGEST_PROFILE = 64 * 1024
# Two profiles this close, in 8-bit steps, are told apart by no eye.
SAME_COLOR = 3


def to_web_colors(image: Image.Image, profile: bytes) -> tuple[Image.Image, bytes]:
    """Return the picture as RGB or RGBA, and the profile to keep beside it.

    A wide RGB profile is kept: converting would clip colors that the artist
    chose. Gray and CMYK profiles cannot stay, WebP holds RGB only.
    """
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    colors = {"LA": "L", "RGBA": "RGB"}.get(image.mode, image.mode)
    image, kept = without_alpha(image.convert(colors), profile)
    if alpha is not None and alpha.getextrema() != (255, 255):
        image.putalpha(alpha)
    return image, kept


def without_alpha(image: Image.Image, profile: bytes) -> tuple[Image.Image, bytes]:
    """Do the work of `to_web_colors` for a picture in L, RGB or CMYK."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        if space == "RGB" and image.mode == "L":
            image = image.convert("RGB")
        if {"GRAY": "L", "CMYK": "CMYK", "RGB": "RGB"}.get(space) != image.mode:
            return image.convert("RGB"), b""
        if space == "RGB" and is_srgb(source):
            return image, b""
        if space == "RGB" and len(profile) <= LARGEST_PROFILE:
            return image, profile
        return to_srgb(image, source), b""
    except (OSError, ImageCms.PyCMSError):
        # No profile, or a broken one: browsers would take it for sRGB too.
        return image.convert("RGB"), b""


def is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    """Tell by its effect on a cube of colors whether a profile is sRGB."""
    steps = range(0, 256, 51)
    cube = Image.new("RGB", (36, 6))
    cube.putdata([(r, g, b) for r in steps for g in steps for b in steps])
    difference = ImageChops.difference(cube, to_srgb(cube, profile))
    extremes = cast("tuple[tuple[int, int], ...]", difference.getextrema())
    return max(high for _, high in extremes) <= SAME_COLOR


def to_srgb(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    """Return the picture converted from its profile to sRGB."""
    target = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(
        image,
        profile,
        target,
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    # Only a conversion in place returns nothing.
    return cast("Image.Image", converted)
