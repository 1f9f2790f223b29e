"""Pictures of many colors as programs write them, and what cameras note in them."""

from __future__ import annotations

import io
import random
import struct
from functools import cache
from typing import Any

from PIL import Image

PREFIX = b"Exif\0\0"
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
)


@cache
def picture(mode: str = "RGB") -> Image.Image:
    """Slopes in three directions; with alpha, clear on one side, solid on another."""
    down = Image.linear_gradient("L").resize((48, 32))
    across = Image.linear_gradient("L").rotate(90).resize((48, 32))
    colors = Image.merge("RGB", (down, across, down.rotate(180)))
    if mode == "CMYK":
        return Image.merge("CMYK", (*colors.split(), down.point(lambda v: v // 4)))
    if mode in ("LA", "RGBA"):
        colors.putalpha(across.point(lambda v: min(255, max(0, 2 * v - 120))))
    return colors.convert(mode)


@cache
def saturated(mode: str = "RGB") -> Image.Image:
    """Squares of colors without order, of full, half and quarter light."""
    chance, bands = random.Random(11), len(mode)
    levels = bytes(chance.choices((0, 62, 131, 255), k=48 * 32 * bands))
    small = Image.frombytes(mode, (48, 32), levels)
    return small.resize((96, 64), Image.Resampling.NEAREST)


BEST: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95},
    "WEBP": {"lossless": True, "exact": True},
    "PNG": {},
}


def encoded(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    return written(picture(mode), kind, **options)


def written(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **{**BEST[kind], **options})
    return out.getvalue()


def tiff(value: int, *, kind: int = 3, count: int = 1, order: str = ">") -> bytes:
    """EXIF of one entry, the orientation, as a number of this kind."""
    words = (value, 0) if kind == 3 else (value,)
    number = struct.pack(order + ("HH" if kind == 3 else "I"), *words)
    start = {">": b"MM\0*", "<": b"II*\0"}[order]
    entry = struct.pack(order + "IHHHI", 8, 1, 0x0112, kind, count)
    return start + entry + number + bytes(4)


def segment(marker: int, data: bytes) -> bytes:
    return b"\xff" + bytes((marker,)) + struct.pack(">H", len(data) + 2) + data


def exif(value: int, **options: int | str) -> bytes:
    return segment(0xE1, PREFIX + tiff(value, **options))  # type: ignore[arg-type]


def part(profile: bytes, number: int = 1, total: int = 1) -> bytes:
    return segment(0xE2, b"ICC_PROFILE\0" + bytes((number, total)) + profile)


def jpeg(*first: bytes, late: bytes = b"", **options: Any) -> bytes:
    """A JPEG that begins with these segments; `late` ones stand before the pixels."""
    data = encoded("JPEG", **options)
    scan = data.index(b"\xff\xda")
    return data[:2] + b"".join(first) + data[2:scan] + late + data[scan:]
