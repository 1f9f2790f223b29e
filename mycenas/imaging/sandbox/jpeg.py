"""Read the header of a JPEG as browsers do.

Metadata segments are read here and withheld from the decoder, which fails on broken
ones; the decoder gets only the segments that pixels depend on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, BinaryIO, cast

from mycenas.imaging.sandbox.errors import InvalidImage
from mycenas.imaging.sandbox.files import Source, VirtualFile, read_exactly
from mycenas.imaging.sandbox.metadata import Note, is_exif, is_profile

START, SCAN = 0xD8, 0xDA
FIRST_NOTE, LAST_NOTE, COMMENT = 0xE0, 0xEF, 0xFE
# Markers without a length: TEM, SOI, EOI and restart markers.
ALONE = frozenset({0x01, *range(0xD0, 0xDA)})
# The segments that define the color encoding, and their least length.
COLOR_NOTES = {0xE0: (b"JFIF\0", 14), 0xEE: (b"Adobe", 12)}
# Tables and frames have a few KB; the decoder takes the square of more.
LARGEST_HEAD = 256 * 1024
BLOCK = 65_536


@dataclass
class Jpeg:
    """The header, and the offset of the pixels."""

    source: Source
    head: bytearray = field(default_factory=lambda: bytearray((0xFF, START)))
    notes: list[Note] = field(default_factory=list)
    start: int = 0


def read_jpeg(source: Source) -> Jpeg:
    """Return everything before the first scan, which must exist."""
    picture = Jpeg(source)
    with source.open() as file:
        file.seek(2)
        while (marker := next_marker(file)) != SCAN:
            if marker in ALONE:
                picture.head += bytes((0xFF, marker)) if marker >= START else b""
            else:
                take(picture, marker, read_segment(file, marker))
            if len(picture.head) > LARGEST_HEAD:
                raise InvalidImage("damaged")
        picture.start = file.tell() - 2
    return picture


def take(picture: Jpeg, marker: int, data: bytes) -> None:
    """Keep one segment: for the decoder, as metadata, or not at all."""
    if is_note(marker):
        note = marker, data
        if is_exif(note) or is_profile(note):
            picture.notes.append(note)
        start, least = COLOR_NOTES.get(marker, (b"", 0))
        if not start or not data.startswith(start) or len(data) < least:
            return
    length = (len(data) + 2).to_bytes(2, "big")
    picture.head += bytes((0xFF, marker)) + length + data


def next_marker(file: BinaryIO) -> int:
    """Return the next marker; skips bytes before it."""
    while True:
        while read_exactly(file, 1) != b"\xff":
            continue
        while (byte := read_exactly(file, 1)) == b"\xff":
            continue
        if byte != b"\0":
            return byte[0]


def read_segment(file: BinaryIO, marker: int) -> bytes:
    """Return the data of a segment; a length below 2 gives none.

    Browsers accept such a length in metadata only.
    """
    length = int.from_bytes(read_exactly(file, 2), "big")
    if length < 2 and not is_note(marker):
        raise InvalidImage("damaged")
    return read_exactly(file, max(0, length - 2))


def is_note(marker: int) -> bool:
    return FIRST_NOTE <= marker <= LAST_NOTE or marker == COMMENT


def flawless_jpeg(
    picture: Jpeg, end: int | None = None, after: bytes = b""
) -> IO[bytes]:
    """Return the file for the decoder.

    The pixels end at the offset `end`, if given, and `after` follows.
    """
    file = VirtualFile(bytes(picture.head), lambda: pixels(picture, end, after))
    return cast("IO[bytes]", file)


def pixels(picture: Jpeg, end: int | None, after: bytes) -> Iterator[bytes]:
    with picture.source.open() as file:
        file.seek(picture.start)
        left = sys.maxsize if end is None else end - picture.start
        while data := file.read(min(BLOCK, left)):
            left -= len(data)
            yield data
    yield after
