"""Find the blocks of a file in which it says something of itself.

Numbers and sizes are bounded: what lies behind is not read. A file that ends early has
the blocks before its end.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from mycenas.imaging.sandbox.errors import InvalidImage
from mycenas.imaging.sandbox.files import Source, read_exactly
from mycenas.imaging.sandbox.jpeg import ALONE, COMMENT, SCAN, next_marker, read_segment
from mycenas.imaging.sandbox.metadata import (
    EXIF,
    Note,
    is_exif,
    is_profile,
    profiles_in,
)
from mycenas.imaging.sandbox.png import END, SIGNATURE, read_start

# A block is the name of its kind and its data.
Block = tuple[str, bytes]

XMP, RESOURCES = b"http://ns.adobe.com/xap/1.0/\0", b"Photoshop 3.0\0"
XMP_MARKER, CREDENTIALS_MARKER, RESOURCES_MARKER = 0xE1, 0xEB, 0xED
PNG_KINDS = {
    b"eXIf": "exif",
    b"tEXt": "text",
    b"zTXt": "packed text",
    b"iTXt": "international text",
    b"iCCP": "packed profile",
    b"sRGB": "srgb",
    b"caBX": "credentials",
}
WEBP_KINDS = {
    b"EXIF": "exif",
    b"XMP ": "xmp",
    b"ICCP": "profile",
    b"C2PA": "credentials",
}
MOST_PARTS, MOST_BLOCKS = 100_000, 200
LARGEST_BLOCK, LARGEST_ALL = 4 * 1024 * 1024, 16 * 1024 * 1024
WEBP_HEAD, WEBP_START = 12, 8


def blocks_of(source: Source, format_name: str) -> Iterator[Block]:
    """Yield the blocks of a file in their order, up to the limits."""
    left = LARGEST_ALL
    with source.open() as file, suppress(InvalidImage):
        for number, block in enumerate(READERS[format_name](file)):
            left -= len(block[1])
            if number >= MOST_BLOCKS or left < 0:
                return
            yield block


def jpeg_blocks(file: BinaryIO) -> Iterator[Block]:
    """Yield the segments before the first scan; the profile, which has parts, last."""
    notes: list[Note] = []
    file.seek(2)
    for _ in range(MOST_PARTS):
        marker = next_marker(file)
        if marker == SCAN:
            break
        if marker in ALONE:
            continue
        note = marker, read_segment(file, marker)
        if is_profile(note):
            notes.append(note)
        else:
            yield from jpeg_block(note)
    yield from (("profile", profile) for profile in profiles_in(notes))


def jpeg_block(note: Note) -> Iterator[Block]:
    marker, data = note
    if is_exif(note):
        yield "exif", data[len(EXIF) + 1 :]
    elif marker == XMP_MARKER and data.startswith(XMP):
        yield "xmp", data[len(XMP) :]
    elif marker == RESOURCES_MARKER and data.startswith(RESOURCES):
        yield "resources", data[len(RESOURCES) :]
    elif marker == CREDENTIALS_MARKER:
        yield "credentials", data
    elif marker == COMMENT:
        yield "comment", data


def png_blocks(file: BinaryIO) -> Iterator[Block]:
    """Yield the chunks before and behind the pixels."""
    file.seek(len(SIGNATURE))
    for _ in range(MOST_PARTS):
        length, kind = read_start(file)
        if kind == END:
            return
        if kind in PNG_KINDS and length <= LARGEST_BLOCK:
            yield PNG_KINDS[kind], read_exactly(file, length)
            length = 0
        # Behind the data is its checksum.
        file.seek(length + 4, 1)


def webp_blocks(file: BinaryIO) -> Iterator[Block]:
    file.seek(WEBP_HEAD)
    for _ in range(MOST_PARTS):
        start = read_exactly(file, WEBP_START)
        kind, length = start[:4], int.from_bytes(start[4:], "little")
        padding = length % 2
        if kind in WEBP_KINDS and length <= LARGEST_BLOCK:
            data = read_exactly(file, length)
            # Some programs keep the beginning that EXIF has in a JPEG.
            yield WEBP_KINDS[kind], data.removeprefix(EXIF + b"\0")
            length = 0
        file.seek(length + padding, 1)


READERS = {"JPEG": jpeg_blocks, "PNG": png_blocks, "WEBP": webp_blocks}


def inflated(data: bytes, largest: int) -> bytes:
    """Return uncompressed data, at most `largest` bytes of it."""
    return zlib.decompressobj().decompress(data, largest)
