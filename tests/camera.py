"""Photographs made by code, as a phone would send them.

Shared by tests and benchmarks: the same seed always gives the same bytes.
"""

from __future__ import annotations

import io
import random
from functools import cache, lru_cache

from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageFilter

Size = tuple[int, int]

# Numbers that EXIF gives to what a camera notes down.
MAKE, MODEL, ORIENTATION, SOFTWARE, TAKEN = 0x010F, 0x0110, 0x0112, 0x0131, 0x0132
EXIF_FOLDER, GPS_FOLDER = 0x8769, 0x8825


@lru_cache(64)
def photograph(
    seed: int, *, size: Size = (1600, 1200), orientation: int = 1, quality: int = 88
) -> bytes:
    """Return a JPEG with light, edges, sensor noise, EXIF with GPS, and sRGB ICC.

    `size` is that of the stored pixels, before `orientation` turns them.
    """
    image = scene(random.Random(seed), size)
    out = io.BytesIO()
    image.save(
        out,
        "JPEG",
        quality=quality,
        exif=notes(seed, orientation),
        icc_profile=srgb_profile(),
    )
    return out.getvalue()


def scene(dice: random.Random, size: Size) -> Image.Image:
    """Return a still life of soft light and hard shapes, grain included."""
    image = clouds(dice, size)
    draw = ImageDraw.Draw(image)
    for _ in range(24):
        draw_shape(draw, dice, size)
    image = image.filter(ImageFilter.GaussianBlur(1.2))
    grain = noise(dice, size)
    return ImageChops.add(image, Image.merge("RGB", (grain,) * 3), 1, -128)


def clouds(dice: random.Random, size: Size) -> Image.Image:
    """Return colors that change slowly, with detail at several scales."""
    image = Image.new("RGB", size, (128, 128, 128))
    for cells, share in ((3, 0.6), (11, 0.35), (47, 0.2)):
        layer = Image.frombytes(
            "RGB", (cells, cells), dice.randbytes(cells * cells * 3)
        )
        layer = layer.resize(size, Image.Resampling.BICUBIC)
        image = Image.blend(image, layer, share)
    return image


def draw_shape(draw: ImageDraw.ImageDraw, dice: random.Random, size: Size) -> None:
    """Draw one leaf, stone or wall with an outline."""
    width, height = size
    x, y = dice.randrange(width), dice.randrange(height)
    reach = max(2, min(size) // 8)
    box = (x, y, x + dice.randrange(1, reach), y + dice.randrange(1, reach))
    fill = (dice.randrange(256), dice.randrange(256), dice.randrange(256))
    shape = dice.choice((draw.ellipse, draw.rectangle))
    shape(box, fill=fill, outline=(20, 20, 20))


def noise(dice: random.Random, size: Size) -> Image.Image:
    """Return sensor noise around middle gray: one random tile, repeated."""
    side = 256
    raw = Image.frombytes("L", (side, side), dice.randbytes(side * side))
    tile = raw.point([118 + value * 20 // 255 for value in range(256)])
    sheet = Image.new("L", size)
    for x in range(0, size[0], side):
        for y in range(0, size[1], side):
            sheet.paste(tile, (x, y))
    return sheet


def notes(seed: int, orientation: int) -> Image.Exif:
    """Return what cameras write down, a place on the map included."""
    exif = Image.Exif()
    exif[MAKE] = "Mycenas Optics"
    exif[MODEL] = f"Field {seed % 100}"
    exif[ORIENTATION] = orientation
    exif[SOFTWARE] = "Field OS 3.1"
    exif[TAKEN] = "2026:05:14 09:26:53"
    folder = exif.get_ifd(EXIF_FOLDER)
    folder[0x9003] = "2026:05:14 09:26:53"
    folder[0xA431] = f"SERIAL-{seed:08d}"
    place = exif.get_ifd(GPS_FOLDER)
    place.update({1: "N", 2: (52.0, 31.0, 12.5), 3: "E", 4: (13.0, 24.0, 36.0)})
    return exif


@cache
def srgb_profile() -> bytes:
    """Return the ICC profile that nearly every camera embeds.

    The day of making is set to zero, so that equal seeds give equal bytes.
    """
    raw = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    raw[24:36] = bytes(12)
    return bytes(raw)
