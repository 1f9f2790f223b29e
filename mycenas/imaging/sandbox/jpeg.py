"""Read the header of a JPEG as browsers do.

Metadata segments are read here and withheld from the decoder, which fails on broken
ones; the decoder gets only the segments that pixels depend on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from mycenas.imaging.sandbox.errors import InvalidImage
from mycenas.imaging.sandbox.files import Source
from mycenas.imaging.sandbox.metadata import Note, is_wanted
from mycenas.imaging.sandbox.virtual_file import VirtualFile

START, SCAN = 0xD8, 0xDA
FIRST_NOTE, LAST_NOTE, COMMENT = 0xE0, 0xEF, 0xFE
# Markers without a length: TEM, SOI, EOI and restart markers.
ALONE = frozenset({0x01, *range(0xD0, 0xDA)})
# The segments that define the color encoding, and their least length.
COLOR_NOTES = {0xE0: (b"JFIF\0", 14), 0xEE: (b"Adobe", 12)}
LARGEST_HEAD = 4 * 1024 * 1024
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
        if is_wanted(note):
            picture.notes.append(note)
        start, least = COLOR_NOTES.get(marker, (b"", 0))
        if not start or not data.startswith(start) or len(data) < least:
            return
    length = (len(data) + 2).to_bytes(2, "big")
    picture.head += bytes((0xFF, marker)) + length + data


def next_marker(file: BinaryIO) -> int:
    """Return the next marker; skips bytes before it."""
    while True:
        while (byte := read(file, 1)) != b"\xff":
            continue
        while (byte := read(file, 1)) == b"\xff":
            continue
        if byte != b"\0":
            return byte[0]


def read_segment(file: BinaryIO, marker: int) -> bytes:
    """Return the data of a segment; a length below 2 gives none.

    Browsers accept such a length in metadata only.
    """
    length = int.from_bytes(read(file, 2), "big")
    if length < 2 and not is_note(marker):
        raise InvalidImage("damaged")
    return read(file, max(0, length - 2))


def is_note(marker: int) -> bool:
    return FIRST_NOTE <= marker <= LAST_NOTE or marker == COMMENT


def read(file: BinaryIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) < length:
        raise InvalidImage("damaged")
    return data


def flawless_jpeg(
    picture: Jpeg, end: int | None = None, after: bytes = b""
) -> VirtualFile:
    """Return the file for the decoder.

    The pixels end at the offset `end`, if given, and `after` follows.
    """
    return VirtualFile(bytes(picture.head), lambda: pixels(picture, end, after))


def pixels(picture: Jpeg, end: int | None, after: bytes) -> Iterator[bytes]:
    with picture.source.open() as file:
        file.seek(picture.start)
        left = end - picture.start if end is not None else None
        while left is None or left > 0:
            data = file.read(BLOCK if left is None else min(BLOCK, left))
            if not data:
                break
            left = None if left is None else left - len(data)
            yield data
    if after:
        yield after
