"""What Mycenas makes of a picture, before it is packed: its pixels, or a refusal."""

from __future__ import annotations

import warnings
from pathlib import Path

from PIL import Image, ImageChops

from mycenas.imaging.sandbox.errors import InvalidImage
from mycenas.imaging.sandbox.files import Source
from mycenas.imaging.sandbox.reading import open_picture
from mycenas.imaging.sandbox.renditions import decode

MOST_PIXELS, WIDEST = 1_000_000, 1920
# How far a color may be from the one expected, in steps of 256.
REACH = 5


def seen(path: Path, kind: str, data: bytes) -> Image.Image | None:
    """The picture as RGBA; None where it is held as damaged."""
    path.write_bytes(data)
    try:
        with warnings.catch_warnings(action="ignore"), path.open("rb") as file:
            opened = open_picture(Source(file.fileno()), kind, MOST_PIXELS)
            return decode(opened, WIDEST).convert("RGBA")
    except InvalidImage:
        return None


def distance(one: Image.Image, other: Image.Image) -> int:
    """The largest step between two pictures, colors weighed by how solid they are."""
    if one.size != other.size:
        return 256
    if one.getchannel("A").tobytes() != other.getchannel("A").tobytes():
        return 255
    solid = [on_black(picture) for picture in (one, other)]
    levels = ImageChops.difference(*solid).tobytes()
    return max(levels)


def on_black(picture: Image.Image) -> Image.Image:
    ground = Image.new("RGBA", picture.size, "black")
    ground.alpha_composite(picture)
    return ground.convert("RGB")
