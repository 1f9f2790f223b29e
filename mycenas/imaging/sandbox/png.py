"""Read the chunks of a PNG as browsers do.

Invalid ancillary chunks are ignored; an invalid critical chunk is an error. Nothing is
decompressed here.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import BinaryIO

from mycenas.imaging.sandbox.errors import InvalidImage
from mycenas.imaging.sandbox.files import Source

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
HEADER, COLORS, PIXELS = b"IHDR", b"PLTE", b"IDAT"
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
    b"fcTL": 26,
}
# These must have exactly that size.
EXACT = frozenset({b"gAMA", b"sRGB", b"cICP", b"cLLI", b"mDCV", b"acTL", b"fcTL"})
# The first is ignored after the palette, the second before it.
BEFORE_COLORS, AFTER_COLORS = b"cICP", b"tRNS"
LARGEST_PALETTE = 768


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

    @property
    def frames(self) -> int:
        """The number of animation frames, 1 for a still.

        A default image before the first frame counts as one more.
        """
        frames = int.from_bytes(self.notes.get(b"acTL", b"")[:4], "big")
        if not 0 < frames < 1 << 31:
            return 1
        return frames + (b"fcTL" not in self.notes)


def read_png(source: Source) -> Png:
    """Return everything before the pixels, which must exist."""
    with source.open() as file:
        file.seek(len(SIGNATURE))
        picture = read_header(source, valid_chunk(file, HEADER, 13))
        while True:
            picture.start = file.tell()
            length, kind = read_start(file)
            if kind == PIXELS:
                break
            take(picture, file, kind, length)
    if picture.color == PALETTE and not picture.palette:
        raise InvalidImage("damaged")
    return picture


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
    elif is_critical(kind):
        raise InvalidImage("damaged")
    elif is_wanted(picture, kind, length):
        data = read_exactly(file, length)
        if read_exactly(file, 4) == checksum(kind, data):
            picture.notes[kind] = data
    else:
        # Seeking past the end makes the next read fail.
        file.seek(length + 4, 1)


def is_wanted(picture: Png, kind: bytes, length: int) -> bool:
    """Whether a chunk is used: the first of its type, of valid size and position."""
    if kind not in NOTES or kind in picture.notes:
        return False
    if kind == (BEFORE_COLORS if picture.palette else AFTER_COLORS):
        return not picture.palette and picture.color != PALETTE
    return length == NOTES[kind] if kind in EXACT else length <= NOTES[kind]


def take_palette(picture: Png, file: BinaryIO, length: int) -> None:
    """Keep the palette; a second or too large one is an error."""
    if picture.palette is not None or length > LARGEST_PALETTE:
        raise InvalidImage("damaged")
    picture.palette = valid_data(file, COLORS, length)


def is_critical(kind: bytes) -> bool:
    """Whether a decoder must fail on a chunk of this type if it does not know it."""
    return not kind[0] & 0x20


def valid_chunk(file: BinaryIO, kind: bytes, length: int) -> bytes:
    """Return the next chunk's data; another chunk is an error."""
    if read_start(file) != (length, kind):
        raise InvalidImage("damaged")
    return valid_data(file, kind, length)


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


def read_exactly(file: BinaryIO, length: int) -> bytes:
    """Return `length` bytes; fewer are an error."""
    data = file.read(length)
    if len(data) < length:
        raise InvalidImage("damaged")
    return data


def checksum(kind: bytes, data: bytes) -> bytes:
    """Return the checksum of a chunk."""
    return zlib.crc32(data, zlib.crc32(kind)).to_bytes(4, "big")
