"""Read the chunks of a PNG as browsers do.

Invalid ancillary chunks are ignored; an invalid critical chunk is an error. Nothing is
decompressed here.
"""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from mycenas.imaging.sandbox.errors import InvalidImage
from mycenas.imaging.sandbox.files import Source, read_exactly

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GRAY, RGB, PALETTE, GRAY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
SAMPLES = {GRAY: 1, RGB: 3, PALETTE: 1, GRAY_ALPHA: 2, RGB_ALPHA: 4}
DEPTHS = {
    GRAY: (1, 2, 4, 8, 16),
    RGB: (8, 16),
    PALETTE: (1, 2, 4, 8),
    GRAY_ALPHA: (8, 16),
    RGB_ALPHA: (8, 16),
}
HEADER, COLORS, PIXELS, END = b"IHDR", b"PLTE", b"IDAT", b"IEND"
# Ancillary chunks that are read, with their largest size. Profiles are compressed.
NOTES = {
    b"tRNS": 256,
    b"gAMA": 4,
    b"cHRM": 32,
    b"sRGB": 1,
    b"cICP": 4,
    b"cLLI": 8,
    b"mDCV": 24,
    b"iCCP": 4 * 1024 * 1024,
    b"eXIf": 1024 * 1024,
    b"acTL": 8,
}
# These must have exactly that size.
EXACT = frozenset({b"gAMA", b"cHRM", b"sRGB", b"cICP", b"cLLI", b"mDCV", b"acTL"})
# The first two are ignored after the palette, the third before it.
BEFORE_COLORS, AFTER_COLORS = (b"cICP", b"mDCV"), b"tRNS"
# The control chunk of an animation, that of a frame, and the data of a frame.
ANIMATION, FRAME, FRAME_PIXELS = b"acTL", b"fcTL", b"fdAT"
FRAME_SIZE, MOST_FRAMES = 26, (1 << 31) - 1
SMALLEST_PALETTE, LARGEST_PALETTE = 3, 768
# The bytes of the transparent color by color type, and the rendering intents of sRGB.
CLEAR, INTENTS = {GRAY: 2, RGB: 6}, 4


@dataclass
class Png:
    """The header, and the offset of the pixels."""

    source: Source
    width: int
    height: int
    depth: int
    color: int
    interlaced: bool
    palette: bytes | None = None
    notes: dict[bytes, bytes] = field(default_factory=dict)
    start: int = 0
    # The frames before the pixels, and all frames; 1 for a still.
    framed: int = 0
    frames: int = 1


def read_png(source: Source) -> Png:
    """Return everything before the pixels, which must exist."""
    with source.open() as file:
        file.seek(len(SIGNATURE))
        if read_start(file) != (13, HEADER):
            raise InvalidImage("damaged")
        picture = read_header(source, valid_data(file, HEADER, 13))
        while True:
            picture.start = file.tell()
            length, kind = read_start(file)
            if kind == PIXELS:
                break
            take(picture, file, kind, length)
        if ANIMATION in picture.notes:
            picture.frames = count_frames(picture, file, length)
    if picture.color == PALETTE and not picture.palette:
        raise InvalidImage("damaged")
    return picture


def count_frames(picture: Png, file: BinaryIO, length: int) -> int:
    """Return how many frames the file has, at most as many as it declares.

    It is open in the first pixels, of this length. A default image before the first
    frame counts as one more; browsers refuse it without frames.
    """
    declared = int.from_bytes(picture.notes[ANIMATION][:4], "big")
    most, count = declared + (not picture.framed), 1
    # Files may end early.
    with suppress(InvalidImage):
        while count < most:
            file.seek(length + 4, 1)
            length, kind = read_start(file)
            if kind == END:
                break
            count += kind == FRAME
    if count == 1 and not picture.framed:
        raise InvalidImage("damaged")
    return count


def read_header(source: Source, data: bytes) -> Png:
    """Return the header, if its combination of values is defined."""
    width, height = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
    depth, color, compression, filtering, interlace = data[8:]
    known = depth in DEPTHS.get(color, ())
    if not known or compression or filtering or interlace > 1:
        raise InvalidImage("damaged")
    return Png(source, width, height, depth, color, interlaced=bool(interlace))


def take(picture: Png, file: BinaryIO, kind: bytes, length: int) -> None:
    """Keep one chunk or skip it."""
    if kind == COLORS:
        take_palette(picture, file, length)
    elif is_refused(kind, length):
        raise InvalidImage("damaged")
    elif kind == FRAME or is_wanted(picture, kind, length):
        data = read_exactly(file, length)
        if read_exactly(file, 4) == checksum(kind, data):
            take_note(picture, kind, data)
    else:
        # Seeking past the end makes the next read fail.
        file.seek(length + 4, 1)


def is_refused(kind: bytes, length: int) -> bool:
    """Whether browsers refuse an image with this chunk before its pixels."""
    is_critical = not kind[0] & 0x20
    return (
        is_critical or kind == FRAME_PIXELS or (kind == FRAME and length != FRAME_SIZE)
    )


def is_wanted(picture: Png, kind: bytes, length: int) -> bool:
    """Whether a chunk is used: the first of its type, of valid size and position."""
    if kind not in NOTES or kind in picture.notes:
        return False
    if picture.palette:
        return kind not in BEFORE_COLORS and fits(kind, length)
    return (kind, picture.color) != (AFTER_COLORS, PALETTE) and fits(kind, length)


def fits(kind: bytes, length: int) -> bool:
    return length == NOTES[kind] if kind in EXACT else 0 < length <= NOTES[kind]


def take_note(picture: Png, kind: bytes, data: bytes) -> None:
    """Keep a valid chunk; raise an error where browsers refuse the whole image."""
    if kind == FRAME:
        check_frame(picture, data)
        picture.framed += 1
    elif kind == b"cICP" and (data[2] or data[3] > 1):
        raise InvalidImage("damaged")
    elif is_valid(picture, kind, data):
        picture.notes[kind] = data


def is_valid(picture: Png, kind: bytes, data: bytes) -> bool:
    """Whether a chunk is valid; if not, the next one of its type is used."""
    if kind == AFTER_COLORS:
        return len(data) >= CLEAR.get(picture.color, 0)
    if kind == ANIMATION:
        frames, plays = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:], "big")
        return 0 < frames <= MOST_FRAMES >= plays
    return any(data) if kind == b"gAMA" else kind != b"sRGB" or data[0] < INTENTS


def check_frame(picture: Png, data: bytes) -> None:
    """Refuse a first frame that is not the whole image, as browsers do."""
    number, *box, _, disposal, blending = struct.unpack(">5IIBB", data)
    whole = [picture.width, picture.height, 0, 0]
    if number != picture.framed or box != whole or disposal > 2 or blending > 1:
        raise InvalidImage("damaged")


def take_palette(picture: Png, file: BinaryIO, length: int) -> None:
    """Keep the palette; a second one, or one of invalid size, is an error."""
    is_sized = SMALLEST_PALETTE <= length <= LARGEST_PALETTE
    if picture.palette is not None or not is_sized:
        raise InvalidImage("damaged")
    picture.palette = valid_data(file, COLORS, length)


def valid_data(file: BinaryIO, kind: bytes, length: int) -> bytes:
    """Return a chunk's data after checking its checksum."""
    data = read_exactly(file, length)
    if read_exactly(file, 4) != checksum(kind, data):
        raise InvalidImage("damaged")
    return data


def read_start(file: BinaryIO) -> tuple[int, bytes]:
    """Return length and type of the next chunk."""
    start = read_exactly(file, 8)
    return int.from_bytes(start[:4], "big"), start[4:]


def checksum(kind: bytes, data: bytes) -> bytes:
    """Return the checksum of a chunk."""
    return zlib.crc32(kind + data).to_bytes(4, "big")
