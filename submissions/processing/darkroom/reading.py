"""Read one original: check its header, then its pixels.

Only the decoder that the first bytes call for is ever asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, cast

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from submissions.processing.darkroom.composing import Composed
from submissions.processing.darkroom.faults import Unreadable
from submissions.processing.darkroom.files import Source
from submissions.processing.darkroom.jpeg import Jpeg, flawless_jpeg, read_jpeg
from submissions.processing.darkroom.mending import mended
from submissions.processing.darkroom.naming import Profile, profiles_of
from submissions.processing.darkroom.notes import (
    orientation_in,
    profiles_in,
    read_orientation,
)
from submissions.processing.darkroom.png import Png, read_png
from submissions.processing.darkroom.rows import flawless_png
from submissions.processing.darkroom.transparency import (
    needs_low_bytes,
    with_transparency,
)

# `check_size` stands in for Pillow's warning about decompression bombs.
Image.MAX_IMAGE_PIXELS = None
# Loads now what Pillow would load by its first picture, when no file can be opened.
Image.preinit()


@dataclass
class Original:
    """A picture whose header was read and checked; its pixels are still in the file."""

    image: Image.Image
    profiles: Iterable[Profile]
    orientation: int = 1
    png: Png | None = None
    jpeg: Jpeg | None = None


def open_picture(source: Source, format_name: str, max_pixels: int) -> Original:
    """Return the picture, header read and checked."""
    size = header_size(source, format_name)
    if size:
        check_size(size, max_pixels)
    with damage_reported():
        original = OPENERS[format_name](source)
        frames = original.png.frames if original.png else count_frames(original.image)
    check_size(original.image.size, max_pixels)
    if frames > 1:
        raise Unreadable("animated", frames=frames)
    return original


def open_jpeg(source: Source) -> Original:
    jpeg = read_jpeg(source)
    image = JpegImageFile(as_file(flawless_jpeg(jpeg)))
    profiles, orientation = profiles_in(jpeg.notes), orientation_in(jpeg.notes)
    return Original(image, profiles, orientation, jpeg=jpeg)


def open_webp(source: Source) -> Original:
    """Return the picture; browsers leave its notes about the camera unread."""
    image = WebPImageFile(source.open())
    profile = image.info.get("icc_profile")
    return Original(image, [profile] if profile else [])


def open_png(source: Source) -> Original:
    png = read_png(source)
    image = open_flawless(png)
    orientation = read_orientation(png.notes.get(b"eXIf", b""))
    return Original(image, profiles_of(png.notes), orientation, png)


def open_flawless(png: Png) -> PngImageFile:
    return PngImageFile(as_file(flawless_png(png)))


def as_file(composed: Composed) -> IO[bytes]:
    return cast("IO[bytes]", composed)


OPENERS = {"JPEG": open_jpeg, "PNG": open_png, "WEBP": open_webp}


def load(original: Original, target: tuple[int, int]) -> Image.Image:
    """Return all pixels, in a mode that resizes smoothly: L, LA, RGB, RGBA, CMYK."""
    image = original.image
    with damage_reported():
        if original.jpeg:
            return load_jpeg(image, original.jpeg, target)
        image.load()
        if original.png:
            return with_transparency(image, original.png, read_low_bytes(original.png))
        return image


def load_jpeg(image: Image.Image, jpeg: Jpeg, target: tuple[int, int]) -> Image.Image:
    """Return a JPEG, shrunk while it is decoded, to no less than `target`."""

    def decoded(image: Image.Image) -> Image.Image:
        # Both sides of the box must be given: a square one blocks the shrinking
        # that a JPEG decoder does for nothing.
        image.draft(None, target)
        image.load()
        return image

    try:
        return decoded(image)
    except OSError as error:
        if error.errno:
            raise
    return mended(
        jpeg,
        lambda end, after: decoded(
            JpegImageFile(as_file(flawless_jpeg(jpeg, end, after)))
        ),
    )


def read_low_bytes(png: Png) -> Image.Image | None:
    """Return the lower halves of samples whose upper halves the decoder returns."""
    if not needs_low_bytes(png):
        return None
    image = open_flawless(png)
    # The other order of bytes takes the other half.
    image.tile = [tile._replace(args="RGB;16L") for tile in image.tile]
    image.load()
    return image


@contextmanager
def damage_reported() -> Iterator[None]:
    """Turn whatever a decoder raises about the bytes into "damaged".

    Trouble of the machine (no memory, a disk error with its errno) passes, and so does
    code that is loaded too late.
    """
    try:
        yield
    except (ImportError, MemoryError, Unreadable):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise Unreadable("damaged") from error


def check_size(size: tuple[int, int], max_pixels: int) -> None:
    """Refuse a picture without pixels or with too many."""
    width, height = size
    pixels = width * height
    if not pixels:
        raise Unreadable("empty_picture", width=width, height=height)
    if pixels > max_pixels:
        raise Unreadable(
            "too_many_pixels",
            width=width,
            height=height,
            pixels=pixels,
            limit=max_pixels,
        )


def header_size(source: Source, format_name: str) -> tuple[int, int] | None:
    """Return width and height where the decoder must not be asked for them.

    The WebP decoder claims memory for the whole canvas on opening a file, and the
    PNG decoder takes a picture without pixels for damage.
    """
    with source.open() as file:
        head = file.read(30)
    if len(head) < 30:
        raise Unreadable("damaged")
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


def count_frames(image: Image.Image) -> int:
    """Return the number of moments shown, 1 for a still.

    Phones add depth maps and brighter copies to a JPEG; these are no animation.
    """
    return int(getattr(image, "n_frames", 1)) if image.format == "WEBP" else 1
