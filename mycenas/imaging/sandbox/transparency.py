"""The transparency of a PNG with transparent colors (tRNS)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from PIL import Image, ImageChops

from mycenas.imaging.sandbox.png import GRAY, GRAY_ALPHA, PALETTE, RGB, Png

CLEAR, SOLID, SOLID_BYTE = 0, 255, b"\xff"


def with_transparency(
    image: Image.Image, picture: Png, low_bytes: Image.Image | None
) -> Image.Image:
    """Return the decoded image in L, LA, RGB or RGBA with its transparency.

    16-bit samples are shown by their high bytes and compared in full; `low_bytes`
    holds the low bytes of an RGB image.
    """
    note = picture.notes.get(b"tRNS", b"")
    if picture.color == PALETTE:
        return of_palette(image, len(picture.palette or b"") // 3, note)
    if picture.color == GRAY:
        return of_gray(image, picture.depth, note)
    if (picture.color, picture.depth) == (GRAY_ALPHA, 16):
        return Image.merge("LA", (image.getchannel("R"), image.getchannel("A")))
    if picture.color == RGB and len(note) >= 6:
        image.putalpha(of_color(image, low_bytes, note))
    return image


def needs_low_bytes(picture: Png) -> bool:
    """Whether the low bytes of the samples are needed."""
    note = picture.notes.get(b"tRNS", b"")
    return (picture.color, picture.depth) == (RGB, 16) and len(note) >= 6


def of_palette(image: Image.Image, count: int, note: bytes) -> Image.Image:
    """Return the image in the `count` colors of its palette.

    `note` holds the alpha of the first colors; indexes past the palette take that of
    its last color.
    """
    colors = image.convert("RGB")
    if note:
        table = note[:count].ljust(count, SOLID_BYTE)
        colors.putalpha(image.point(list(table.ljust(256, table[-1:])), "L"))
    return colors


def of_gray(image: Image.Image, depth: int, note: bytes) -> Image.Image:
    """Return a gray image with one transparent level."""
    if depth == 16:
        levels = list(image.split())
        asked = [note[0], note[1]] if len(note) >= 2 else []
    else:
        levels = [image.convert("L")]
        asked = [scaled(note[1], depth)] if len(note) >= 2 else []
    gray = levels[0]
    if asked:
        gray.putalpha(unlike(zip(levels, asked, strict=True)))
    return gray


def scaled(value: int, depth: int) -> int:
    """Return the 8-bit level of a sample; -1 for a sample that is too large."""
    highest = (1 << depth) - 1
    return value * 255 // highest if value <= highest else -1


def of_color(
    image: Image.Image, low_bytes: Image.Image | None, note: bytes
) -> Image.Image:
    """Return the alpha channel for one transparent color."""
    levels = list(image.split())
    asked = [note[1], note[3], note[5]]
    if low_bytes is not None:
        levels += low_bytes.split()
        asked = [note[0], note[2], note[4], *asked]
    return unlike(zip(levels, asked, strict=True))


def unlike(pairs: Iterable[tuple[Image.Image, int]]) -> Image.Image:
    """Return a mask that is transparent where all channels have these values."""
    masks = (
        level.point([CLEAR if value == asked else SOLID for value in range(256)])
        for level, asked in pairs
    )
    return reduce(ImageChops.lighter, masks)
