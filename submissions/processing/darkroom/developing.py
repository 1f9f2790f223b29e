"""Make the renditions of one original."""

from __future__ import annotations

from typing import IO, Any

from PIL import Image
from PIL.Image import Resampling, Transpose

from submissions.processing.darkroom.colors import to_srgb
from submissions.processing.darkroom.faults import Unreadable
from submissions.processing.darkroom.files import Files
from submissions.processing.darkroom.reading import Original, load, open_picture

# The longest side that the WebP format can hold.
LONGEST_SIDE = 16_383
# What each EXIF orientation asks for; 1 asks for nothing.
TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
QUARTER_TURNS = frozenset({5, 6, 7, 8})


def answer(request: dict[str, Any], files: Files) -> dict[str, Any]:
    """Develop the picture and say what came of it."""
    try:
        return {"picture": develop(request, files)}
    except Unreadable as fault:
        return {"unreadable": {"code": fault.code, "parameters": fault.parameters}}


def develop(request: dict[str, Any], files: Files) -> dict[str, Any]:
    """Decode the original and write one rendition for each width class."""
    most = request["limits"]["max_pixels"]
    picture = open_picture(files.original, request["format"], most)
    size = oriented(picture.image.size, picture.orientation)
    image = look(picture, request["widths"][0])
    renditions = []
    for width in request["widths"]:
        # Each class is made of the one before: a third of the work.
        image = shrink(image, fit(size, width))
        renditions.append(write(image, width, files.renditions[width]))
    return {
        "width": size[0],
        "height": size[1],
        "dhash": dhash(image),
        "renditions": renditions,
    }


def look(picture: Original, width: int) -> Image.Image:
    """Return the picture as a browser shows it, at most this wide."""
    orientation = picture.orientation
    size = oriented(picture.image.size, orientation)
    # Turning comes after the first shrinking, when there is less to turn.
    target = oriented(fit(size, width), orientation)
    image = to_srgb(shrink(load(picture, target), target), picture.profiles)
    return turn(image, orientation)


def oriented(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Swap the sides where the orientation turns by a quarter."""
    return (size[1], size[0]) if orientation in QUARTER_TURNS else size


def fit(size: tuple[int, int], width: int) -> tuple[int, int]:
    """Return the size at most this wide, never enlarged, that WebP can hold."""
    scale = min(1, width / size[0], LONGEST_SIDE / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def shrink(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the picture at this size; clear pixels lend no color to others."""
    if image.size == size:
        return image
    return image.resize(size, Resampling.LANCZOS, reducing_gap=3.0)


def turn(image: Image.Image, orientation: int) -> Image.Image:
    """Return the picture as its orientation wants it seen."""
    return image.transpose(TURNS[orientation]) if orientation in TURNS else image


def write(image: Image.Image, width_class: int, file: IO[bytes]) -> dict[str, Any]:
    """Write one rendition, of pixels alone, and describe it."""
    image.save(
        file,
        "WEBP",
        # Method 2 saves 40 percent of the time for 3 to 6 percent more bytes.
        quality=82,
        method=2,
        icc_profile=b"",
        exif=b"",
        xmp=b"",
    )
    file.flush()
    return {
        "width_class": width_class,
        "width": image.width,
        "height": image.height,
        "size": file.tell(),
    }


def dhash(image: Image.Image) -> int:
    """Return 64 bits, as a signed number, that similar pictures share.

    Each bit tells whether a cell of an 8 by 8 grid is darker than its right
    neighbor. Clear parts count as white.
    """
    canvas = Image.new("RGBA", image.size, "white")
    canvas.alpha_composite(image.convert("RGBA"))
    cells = canvas.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    value = 0
    for row in range(0, 72, 9):
        for left, right in zip(cells[row : row + 8], cells[row + 1 :], strict=False):
            value = value << 1 | (left < right)
    return value - (1 << 64) if value >> 63 else value
