"""Pictures that the demo draws for itself: no downloads, no one else's rights.

`draw` is deterministic: the same style, seed and size give the same pixels.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFont

from mycenas.demo.art import landscapes, night, patterns
from mycenas.demo.art.brush import Size, finish
from mycenas.demo.art.titles import TITLES, Title

__all__ = ["STYLES", "TITLES", "Title", "as_jpeg", "draw", "poster"]

Painter = Callable[[random.Random, Size, int], Image.Image]

# Each takes random numbers, the size, and the number of its palette.
PAINTERS: dict[str, Painter] = {
    "mist": landscapes.mist,
    "sea": landscapes.sea,
    "aurora": night.aurora,
    "city": night.city,
    "flow": patterns.flow,
    "weave": patterns.weave,
    "relief": patterns.relief,
    "bloom": patterns.bloom,
}
STYLES: tuple[str, ...] = tuple(PAINTERS)

SPONSOR = "Halden Paper"
POSTER_SIZE: Size = (1200, 628)

# What EXIF calls the description and the artist of a picture.
DESCRIPTION, ARTIST, COPYRIGHT = 0x010E, 0x013B, 0x8298


def draw(style: str, seed: int, size: Size = (1920, 1280)) -> Image.Image:
    """Return a finished picture of this width and height in pixels.

    Seeds that follow each other take different palettes.
    Raises `KeyError` for a style that is not in `STYLES`.
    """
    dice = random.Random(f"{style}:{seed}")
    return finish(PAINTERS[style](dice, size, seed), dice)


def poster(seed: int) -> Image.Image:
    """Return a sponsor's picture: layers of paper, and the sponsor's name."""
    picture = draw("relief", seed, POSTER_SIZE)
    draw_on = ImageDraw.Draw(picture)
    top = POSTER_SIZE[1] - 176
    draw_on.rectangle((0, top, 372, POSTER_SIZE[1]), fill="#f3ecdf")
    draw_on.line((72, top + 32, 132, top + 32), fill="#17303a", width=3)
    for row, word in enumerate(SPONSOR.split()):
        font = ImageFont.load_default(42)
        draw_on.text((70, top + 54 + 46 * row), word, fill="#17303a", font=font)
    return picture


def as_jpeg(image: Image.Image, *, title: str, artist: str) -> bytes:
    """Return the picture as a JPEG that names its title and artist in EXIF."""
    exif = Image.Exif()
    exif[DESCRIPTION] = title
    exif[ARTIST] = artist
    exif[COPYRIGHT] = f"{artist}, made for the Mycenas demo"
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92, subsampling=0, exif=exif)
    return out.getvalue()
