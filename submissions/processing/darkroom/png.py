"""Read the chunks of a PNG the way browsers do.

What only describes the picture is believed when it is sound and left out when it is
not; what the pixels depend on has to be sound. Nothing is decompressed here.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import BinaryIO

from submissions.processing.darkroom.faults import Unreadable
from submissions.processing.darkroom.files import Source

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
# What is read of the rest; a larger one is left out. A profile is still compressed.
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
# These are of their full length or of no use.
EXACT = frozenset({b"gAMA", b"sRGB", b"cICP", b"cLLI", b"mDCV", b"acTL", b"fcTL"})
# These mean nothing after the palette, or nothing before it.
BEFORE_COLORS, AFTER_COLORS = b"cICP", b"tRNS"
LARGEST_PALETTE = 768


@dataclass
class Png:
    """What stands before the pixels, and where they begin."""

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
        """The number of moments shown, 1 for a still.

        A picture that stands before the first frame counts as one more.
        """
        moments = int.from_bytes(self.notes.get(b"acTL", b"")[:4], "big")
        if not 0 < moments < 1 << 31:
            return 1
        return moments + (b"fcTL" not in self.notes)


def read_png(source: Source) -> Png:
    """Return everything before the pixels; they have to follow."""
    with source.open() as file:
        file.seek(len(SIGNATURE))
        picture = read_header(source, sound_chunk(file, HEADER, 13))
        while True:
            picture.start = file.tell()
            length, kind = read_start(file)
            if kind == PIXELS:
                break
            take(picture, file, kind, length)
    if picture.color == PALETTE and not picture.palette:
        raise Unreadable("damaged")
    return picture


def read_header(source: Source, data: bytes) -> Png:
    """Return the header's facts, if there is such a kind of picture."""
    width, height = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
    depth, color, compression, filtering, interlace = data[8:]
    known = depth in DEPTHS.get(color, ())
    if not known or compression or filtering or interlace > 1:
        raise Unreadable("damaged")
    return Png(source, width, height, depth, color, interlaced=bool(interlace))


def take(picture: Png, file: BinaryIO, kind: bytes, length: int) -> None:
    """Keep one chunk, or step over it."""
    if kind == COLORS:
        take_palette(picture, file, length)
    elif is_critical(kind):
        raise Unreadable("damaged")
    elif is_wanted(picture, kind, length):
        data = read_exactly(file, length)
        if read_exactly(file, 4) == checksum(kind, data):
            picture.notes[kind] = data
    else:
        # Past the end of the file nothing can be read; the next step finds out.
        file.seek(length + 4, 1)


def is_wanted(picture: Png, kind: bytes, length: int) -> bool:
    """Tell whether a chunk counts here: the first of its kind, of a fitting size."""
    if kind not in NOTES or kind in picture.notes:
        return False
    if kind == (BEFORE_COLORS if picture.palette else AFTER_COLORS):
        return not picture.palette and picture.color != PALETTE
    return length == NOTES[kind] if kind in EXACT else length <= NOTES[kind]


def take_palette(picture: Png, file: BinaryIO, length: int) -> None:
    """Keep the palette; a second one, or one without end, is damage."""
    if picture.palette is not None or length > LARGEST_PALETTE:
        raise Unreadable("damaged")
    picture.palette = sound_data(file, COLORS, length)


def is_critical(kind: bytes) -> bool:
    """Tell whether a decoder that does not know this kind must give up."""
    return not kind[0] & 0x20


def sound_chunk(file: BinaryIO, kind: bytes, length: int) -> bytes:
    """Return the next chunk's data; another chunk is damage."""
    if read_start(file) != (length, kind):
        raise Unreadable("damaged")
    return sound_data(file, kind, length)


def sound_data(file: BinaryIO, kind: bytes, length: int) -> bytes:
    """Return a chunk's data if its checksum is right."""
    data = read_exactly(file, length)
    if read_exactly(file, 4) != checksum(kind, data):
        raise Unreadable("damaged")
    return data


def read_start(file: BinaryIO) -> tuple[int, bytes]:
    """Return length and kind of the next chunk."""
    start = read_exactly(file, 8)
    return int.from_bytes(start[:4], "big"), start[4:]


def read_exactly(file: BinaryIO, length: int) -> bytes:
    """Return so many bytes; fewer are damage."""
    data = file.read(length)
    if len(data) < length:
        raise Unreadable("damaged")
    return data


def checksum(kind: bytes, data: bytes) -> bytes:
    """Return the four bytes that close a chunk."""
    return zlib.crc32(data, zlib.crc32(kind)).to_bytes(4, "big")
