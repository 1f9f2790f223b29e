"""Read the head of a JPEG the way browsers do.

The notes in it are read here and kept from the decoder, which trips over broken ones;
it is given what the pixels depend on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from submissions.processing.darkroom.composing import Composed
from submissions.processing.darkroom.faults import Unreadable
from submissions.processing.darkroom.files import Source
from submissions.processing.darkroom.notes import Note, is_wanted

START, SCAN = 0xD8, 0xDA
FIRST_NOTE, LAST_NOTE, COMMENT = 0xE0, 0xEF, 0xFE
# Markers without a length: these two, and those that restart the decoder.
ALONE = frozenset({0x01, *range(0xD0, 0xDA)})
# The notes that say how colors are stored, and the least they are made of.
COLOR_NOTES = {0xE0: (b"JFIF\0", 14), 0xEE: (b"Adobe", 12)}
LARGEST_HEAD = 4 * 1024 * 1024
BLOCK = 65_536


@dataclass
class Jpeg:
    """What stands before the pixels, and where they begin."""

    source: Source
    head: bytearray = field(default_factory=lambda: bytearray((0xFF, START)))
    notes: list[Note] = field(default_factory=list)
    start: int = 0


def read_jpeg(source: Source) -> Jpeg:
    """Return everything before the first scan of pixels; it has to follow."""
    picture = Jpeg(source)
    with source.open() as file:
        file.seek(2)
        while (marker := next_marker(file)) != SCAN:
            if marker in ALONE:
                picture.head += bytes((0xFF, marker)) if marker >= START else b""
            else:
                take(picture, marker, read_segment(file))
            if len(picture.head) > LARGEST_HEAD:
                raise Unreadable("damaged")
        picture.start = file.tell() - 2
    return picture


def take(picture: Jpeg, marker: int, data: bytes) -> None:
    """Keep one segment: for the decoder, as a note, or not at all."""
    if FIRST_NOTE <= marker <= LAST_NOTE or marker == COMMENT:
        note = marker, data
        if is_wanted(note):
            picture.notes.append(note)
        start, least = COLOR_NOTES.get(marker, (b"", 0))
        if not start or not data.startswith(start) or len(data) < least:
            return
    length = (len(data) + 2).to_bytes(2, "big")
    picture.head += bytes((0xFF, marker)) + length + data


def next_marker(file: BinaryIO) -> int:
    """Return the next marker; what stands before it is skipped."""
    while True:
        while (byte := read(file, 1)) != b"\xff":
            continue
        while (byte := read(file, 1)) == b"\xff":
            continue
        if byte != b"\0":
            return byte[0]


def read_segment(file: BinaryIO) -> bytes:
    """Return the data of a segment, which gives its own length; too short is empty."""
    length = int.from_bytes(read(file, 2), "big")
    return read(file, max(0, length - 2))


def read(file: BinaryIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) < length:
        raise Unreadable("damaged")
    return data


def flawless_jpeg(
    picture: Jpeg, end: int | None = None, after: bytes = b""
) -> Composed:
    """Return the picture as the decoder should see it.

    Its pixels end at a place in the file, if one is named, and `after` follows.
    """
    return Composed(bytes(picture.head), lambda: pixels(picture, end, after))


def pixels(picture: Jpeg, end: int | None, after: bytes) -> Iterator[bytes]:
    with picture.source.open() as file:
        file.seek(picture.start)
        left = end - picture.start if end is not None else None
        while left is None or left > 0:
            piece = file.read(BLOCK if left is None else min(BLOCK, left))
            if not piece:
                break
            left = None if left is None else left - len(piece)
            yield piece
    if after:
        yield after
