"""Read one original: check its header, then decode its pixels.

Only the decoder for the format of the first bytes runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from mycenas.imaging.sandbox.errors import InvalidImage
from mycenas.imaging.sandbox.files import Source
from mycenas.imaging.sandbox.icc import INKS, SPACE
from mycenas.imaging.sandbox.jpeg import Jpeg, flawless_jpeg, read_jpeg
from mycenas.imaging.sandbox.jpeg_repair import END, end_of_pixels
from mycenas.imaging.sandbox.metadata import (
    orientation_in,
    profiles_in,
    read_orientation,
)
from mycenas.imaging.sandbox.png import GRAY, GRAY_ALPHA, Png, read_png
from mycenas.imaging.sandbox.png_colors import Profile, named, profiles_of
from mycenas.imaging.sandbox.png_rows import flawless_png
from mycenas.imaging.sandbox.transparency import (
    needs_low_bytes,
    with_transparency,
)

# Flags of a WebP, and the extremes of an alpha channel without transparency.
ALPHA, ANIMATED, SOLID = 0x10, 0x02, (255, 255)
# `check_size` replaces Pillow's warning about decompression bombs.
Image.MAX_IMAGE_PIXELS = None
# Pillow would import its plugins with the first image, when no file can be opened.
Image.preinit()


@dataclass
class Original:
    """An image with a checked header; its pixels are not decoded yet."""

    image: Image.Image
    profiles: Iterable[Profile]
    orientation: int = 1
    png: Png | None = None
    jpeg: Jpeg | None = None
    said_opaque: bool = False
    # Depth maps and gain maps that phones add to a JPEG are no animation.
    frames: int = 1

    @property
    def model(self) -> str:
        """The color model once it is loaded: L, RGB or CMYK."""
        if self.png:
            return "L" if self.png.color in (GRAY, GRAY_ALPHA) else "RGB"
        return "RGB" if self.image.mode == "RGBA" else self.image.mode


def open_picture(source: Source, format_name: str, max_pixels: int) -> Original:
    """Return the image after checking its header."""
    size = header_size(source, format_name)
    if size:
        check_size(size, max_pixels)
    with damage_reported():
        original = OPENERS[format_name](source)
    check_size(original.image.size, max_pixels)
    if original.frames > 1:
        raise InvalidImage("animated", frames=original.frames)
    return original


def open_jpeg(source: Source) -> Original:
    jpeg = read_jpeg(source)
    image = JpegImageFile(flawless_jpeg(jpeg))
    profiles = [
        named(profile)
        for profile in profiles_in(jpeg.notes)
        if image.mode != "CMYK" or profile[SPACE] == INKS
    ]
    return Original(image, profiles, orientation_in(jpeg.notes), jpeg=jpeg)


def open_webp(source: Source) -> Original:
    """Return the image; browsers ignore EXIF in WebP, and profiles of animations."""
    image = WebPImageFile(source.open())
    profile = image.info.get("icc_profile")
    # The decoder calls a canvas opaque that its only frame leaves clear in places.
    image.rawmode = image._mode = "RGBA"
    with source.open() as file:
        head = file.read(30)
    flags = head[20] if head[12:16] == b"VP8X" else ALPHA
    profiles = [named(profile)] if profile and not flags & ANIMATED else []
    said_opaque = not flags & (ALPHA | ANIMATED)
    return Original(
        image, profiles, said_opaque=said_opaque, frames=int(image.n_frames)
    )


def open_png(source: Source) -> Original:
    png = read_png(source)
    image = open_flawless(png)
    orientation = read_orientation(png.notes.get(b"eXIf", b""))
    profiles = profiles_of(png.notes)
    return Original(image, profiles, orientation, png, frames=png.frames)


def open_flawless(png: Png) -> PngImageFile:
    return PngImageFile(flawless_png(png))


OPENERS = {"JPEG": open_jpeg, "PNG": open_png, "WEBP": open_webp}


def load(
    original: Original, target: tuple[int, int], *, is_whole: bool = False
) -> Image.Image:
    """Return all pixels in a mode that can be resized: L, LA, RGB, RGBA or CMYK.

    Unless it is to be whole, the decoder may scale the image down to `target`.
    """
    image = original.image
    with damage_reported():
        if original.jpeg:
            return load_jpeg(image, original.jpeg, target, is_whole=is_whole)
        image.load()
        if original.png:
            return with_transparency(image, original.png, read_low_bytes(original.png))
        if original.said_opaque and image.getextrema()[-1] != SOLID:
            # Browsers then mix its colors wrongly.
            raise InvalidImage("damaged")
        return image


def load_jpeg(
    image: Image.Image, jpeg: Jpeg, target: tuple[int, int], *, is_whole: bool
) -> Image.Image:
    """Decode a JPEG; see `load`."""
    try:
        return decoded(image, None if is_whole else target)
    except OSError as error:
        if error.errno:
            raise
    end = end_of_pixels(jpeg, lambda *end: decoded(ended(jpeg, *end), target))
    return decoded(ended(jpeg, end, END), None if is_whole else target)


def ended(jpeg: Jpeg, end: int, after: bytes) -> Image.Image:
    return JpegImageFile(flawless_jpeg(jpeg, end, after))


def decoded(image: Image.Image, target: tuple[int, int] | None) -> Image.Image:
    """Decode a JPEG, scaled down while decoding, but not below `target`."""
    # Give both sides: a square box would prevent scaling in the decoder.
    image.draft(None, target)
    image.load()
    return image


def read_low_bytes(png: Png) -> Image.Image | None:
    """Return the low bytes of 16-bit samples; the decoder returns the high bytes."""
    if not needs_low_bytes(png):
        return None
    image = open_flawless(png)
    # The other byte order gives the low bytes.
    image.tile = [tile._replace(args="RGB;16L") for tile in image.tile]
    image.load()
    return image


@contextmanager
def damage_reported() -> Iterator[None]:
    """Raise "damaged" for any error of a decoder about the bytes.

    Errors of the machine (no memory, a disk error with an errno) pass, and so do
    imports after the sandbox has closed the file system.
    """
    try:
        yield
    except (ImportError, MemoryError, InvalidImage):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise InvalidImage("damaged") from error


def check_size(size: tuple[int, int], max_pixels: int) -> None:
    """Refuse an image without pixels or with too many."""
    width, height = size
    pixels = width * height
    if not pixels:
        raise InvalidImage("empty_picture", width=width, height=height)
    if pixels > max_pixels:
        raise InvalidImage(
            "too_many_pixels",
            width=width,
            height=height,
            pixels=pixels,
            limit=max_pixels,
        )


def check_shape(size: tuple[int, int], tallest: int | None) -> None:
    """Refuse an image that is more than ``tallest`` times as tall as it is wide."""
    width, height = size
    if tallest and height > width * tallest:
        raise InvalidImage("too_tall", width=width, height=height, limit=tallest)


def header_size(source: Source, format_name: str) -> tuple[int, int] | None:
    """Return width and height from the header, before a decoder opens the file.

    The WebP decoder allocates the whole canvas on opening, and the PNG decoder reports
    an image without pixels as damaged. None for other formats.
    """
    with source.open() as file:
        head = file.read(30)
    # A lossless WebP states its size in the first 25 bytes, and may end soon after.
    if len(head) < (25 if head[12:16] == b"VP8L" else 30):
        raise InvalidImage("damaged")
    if format_name == "PNG":
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    return webp_size(head) if format_name == "WEBP" else None


def webp_size(head: bytes) -> tuple[int, int]:
    """Return width and height from the first 30 bytes of a WebP file."""
    if head[12:16] == b"VP8X":
        width, height = head[24:27], head[27:30]
        return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
    bits = int.from_bytes(head[21:25], "little")
    if head[12:16] == b"VP8L":
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    bits = int.from_bytes(head[26:30], "little")
    return bits & 0x3FFF, bits >> 16 & 0x3FFF
