"""Pictures that the demo draws for itself: no downloads, no one else's rights.

`draw` is deterministic: the same style, seed and size give the same pixels.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable

from PIL import Image

from mycenas.demo.art.aurora import aurora
from mycenas.demo.art.bloom import bloom
from mycenas.demo.art.botanical import botanical
from mycenas.demo.art.brush import Size, grain, vignette
from mycenas.demo.art.city import city
from mycenas.demo.art.dunes import dunes
from mycenas.demo.art.flow import flow
from mycenas.demo.art.mist import mist
from mycenas.demo.art.pools import pools
from mycenas.demo.art.poster import poster
from mycenas.demo.art.relief import relief
from mycenas.demo.art.riso import riso
from mycenas.demo.art.sea import sea
from mycenas.demo.art.titles import TITLES, Title
from mycenas.demo.art.weave import weave

__all__ = ["STYLES", "TITLES", "Title", "as_jpeg", "draw", "poster"]

Painter = Callable[[random.Random, Size, int], Image.Image]

# Each takes the dice, the size, and which of its palettes to pick.
PAINTERS: dict[str, Painter] = {
    "mist": mist,
    "flow": flow,
    "dunes": dunes,
    "city": city,
    "riso": riso,
    "weave": weave,
    "botanical": botanical,
    "pools": pools,
    "sea": sea,
    "aurora": aurora,
    "relief": relief,
    "bloom": bloom,
}
STYLES: tuple[str, ...] = tuple(PAINTERS)

# What EXIF calls the description and the artist of a picture.
DESCRIPTION, ARTIST, COPYRIGHT = 0x010E, 0x013B, 0x8298


def draw(style: str, seed: int, size: Size = (2400, 1600)) -> Image.Image:
    """Return a finished picture of this width and height in pixels.

    Seeds that follow each other take different palettes.
    Raises `KeyError` for a style that is not in `STYLES`.
    """
    dice = random.Random(f"{style}:{seed}")
    picture = PAINTERS[style](dice, size, seed)
    return grain(vignette(picture, 0.10), dice)


def as_jpeg(image: Image.Image, *, title: str, artist: str) -> bytes:
    """Return the picture as a JPEG that names its title and artist in EXIF."""
    exif = Image.Exif()
    exif[DESCRIPTION] = title
    exif[ARTIST] = artist
    exif[COPYRIGHT] = f"{artist}, made for the Mycenas demo"
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92, subsampling=0, exif=exif)
    return out.getvalue()
