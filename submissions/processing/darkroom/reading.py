"""Read one original: check its header, then its pixels.

Only the decoder that the first bytes call for is ever asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, PngImagePlugin

# PNG text and profiles are skipped, never shown: their size need not be refused.
LARGEST_TEXT = 64 * 1024 * 1024
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = LARGEST_TEXT
# `check_size` stands in for Pillow's warning about decompression bombs.
Image.MAX_IMAGE_PIXELS = None

ORIENTATION_TAG = 0x0112


class Unreadable(Exception):
    """The file is at fault: its code and the values its sentence needs."""

    def __init__(self, code: str, **parameters: int) -> None:
        super().__init__(code)
        self.code = code
        self.parameters = parameters


def open_picture(path: Path, format_name: str, max_pixels: int) -> Image.Image:
    """Return the picture, header read and checked, pixels still in the file."""
    size = header_size(path, format_name)
    if size:
        check_size(size, max_pixels)
    with damage_reported():
        if format_name == "PNG":
            # Decoding skips the checksums that find a changed bit.
            with Image.open(path, formats=["PNG"]) as checked:
                checked.verify()
        image = Image.open(path, formats=[format_name])
        frames = count_frames(image)
    check_size(image.size, max_pixels)
    if frames > 1:
        raise Unreadable("animated", frames=frames)
    return image


def load(image: Image.Image, target: tuple[int, int]) -> Image.Image:
    """Return all pixels, in a mode that resizes smoothly.

    A JPEG is shrunk while it is decoded, to no less than `target`.
    """
    with damage_reported():
        # Both sides of the box must be given: a square one blocks the shrinking
        # that a JPEG decoder does for nothing.
        image.draft(None, target)
        image.load()
        return plain(image)


@contextmanager
def damage_reported() -> Iterator[None]:
    """Turn whatever a decoder raises about the bytes into "damaged".

    Trouble of the machine (no memory, a disk error with its errno) passes.
    """
    try:
        yield
    except (MemoryError, Unreadable):
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


def header_size(path: Path, format_name: str) -> tuple[int, int] | None:
    """Return width and height where the decoder must not be asked for them.

    The WebP decoder claims memory for the whole canvas on opening a file, and the
    PNG decoder takes a picture without pixels for damage.
    """
    with path.open("rb") as file:
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
    if image.format not in ("PNG", "WEBP"):
        return 1
    return int(getattr(image, "n_frames", 1))


def read_orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 when there is none that makes sense."""
    try:
        value = image.getexif().get(ORIENTATION_TAG)
    except MemoryError:
        raise
    except Exception:
        # Broken notes beside sound pixels are no reason to refuse a picture.
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def plain(image: Image.Image) -> Image.Image:
    """Return the picture in a mode that resizes smoothly: L, LA, RGB, RGBA, CMYK."""
    if image.mode == "I;16":
        # Scaled, for a plain conversion would clip everything to white.
        return image.point(lambda level: level * (1 / 257)).convert("L")
    if "transparency" in image.info or image.mode == "PA":
        return image.convert("RGBA")
    if image.mode == "P":
        return image.convert("RGB")
    if image.mode == "1":
        return image.convert("L")
    return image
