"""The rows of a PNG, repacked for the decoder.

Browsers show an image if its rows are complete, whatever follows them. The decoder
needs a valid file, so this module generates one while it is read: header, palette and
exactly the bytes of the rows, stored without compression.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import chain
from typing import IO, cast

from mycenas.imaging.sandbox.errors import InvalidImage
from mycenas.imaging.sandbox.files import VirtualFile
from mycenas.imaging.sandbox.png import (
    COLORS,
    GRAY,
    GRAY_ALPHA,
    HEADER,
    LARGEST_PALETTE,
    PIXELS,
    SAMPLES,
    SIGNATURE,
    Png,
    checksum,
    read_start,
)

BLOCK = 65_535  # the largest stored block
ZLIB_HEADER, LAST_BLOCK = b"\x78\x01", b"\x01\0\0\xff\xff"
# Start and step of each pass of an interlaced image, horizontal and vertical.
PASSES = (
    (0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4),
    (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2),
)  # fmt: skip


def flawless_png(picture: Png) -> IO[bytes]:
    """Return the same image as a valid file."""
    return cast("IO[bytes]", VirtualFile(head(picture), lambda: stored(picture)))


def head(picture: Png) -> bytes:
    """Return everything before the rows.

    16-bit gray is declared as 8-bit gray with alpha, which has the same bytes, so that
    the decoder drops none.
    """
    depth, color = picture.depth, picture.color
    if (depth, color) == (16, GRAY):
        depth, color = 8, GRAY_ALPHA
    size = picture.width.to_bytes(4, "big") + picture.height.to_bytes(4, "big")
    interlaced = int(picture.interlaced)
    facts = size + bytes((depth, color, 0, 0, interlaced))
    parts = [SIGNATURE, chunk(HEADER, facts)]
    if picture.palette is not None:
        parts.append(chunk(COLORS, filled(picture.palette)))
    # The decoder looks for the first pixels at the end of this header.
    return b"".join(parts) + chunk(PIXELS, ZLIB_HEADER)[:8]


def filled(palette: bytes) -> bytes:
    """Return a palette of 256 colors; indexes past its end get the last color."""
    whole = palette[: len(palette) // 3 * 3]
    return (whole + whole[-3:] * 256)[:LARGEST_PALETTE]


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + checksum(kind, data)


def stored(picture: Png) -> Iterator[bytes]:
    """Yield the rows, each block stored in a chunk, and the end of the file."""
    yield chunk(PIXELS, ZLIB_HEADER)[8:]
    check = 1
    for block in rows(picture):
        check = zlib.adler32(block, check)
        size = len(block).to_bytes(2, "little")
        opposite = (len(block) ^ 0xFFFF).to_bytes(2, "little")
        yield chunk(PIXELS, b"\0" + size + opposite + block)
    yield chunk(PIXELS, LAST_BLOCK + check.to_bytes(4, "big")) + chunk(b"IEND", b"")


def rows(picture: Png) -> Iterator[bytes]:
    """Yield the bytes of all rows, up to a block at a time; missing ones are an error.

    The checksum after them is ignored.
    """
    left = rows_size(picture)
    source = deflated(picture)
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for compressed in chain((without_zlib_header(source),), source):
        ahead = compressed
        while left:
            asked = min(left, BLOCK)
            data = inflate.decompress(ahead, asked)
            ahead = inflate.unconsumed_tail
            left -= len(data)
            if data:
                yield data
            if len(data) < asked:
                break
        if not left or inflate.eof:
            break
    if left:
        raise InvalidImage("damaged")


def without_zlib_header(source: Iterator[bytes]) -> bytes:
    """Check the header of the compressed data; returns the bytes after it."""
    start = b""
    while len(start) < len(ZLIB_HEADER):
        data = next(source, b"")
        if not data:
            raise InvalidImage("damaged")
        start += data
    method, flags = start[0], start[1]
    if (
        method & 0x0F != 8
        or method >> 4 > 7
        or flags & 0x20
        or (method << 8 | flags) % 31
    ):
        raise InvalidImage("damaged")
    return start[2:]


def deflated(picture: Png) -> Iterator[bytes]:
    """Yield the compressed data of consecutive IDAT chunks.

    A wrong checksum is an error if another chunk is needed; the file may end.
    """
    with picture.source.open() as file:
        file.seek(picture.start)
        length, kind = read_start(file)
        while kind == PIXELS:
            check = zlib.crc32(kind)
            while length:
                data = file.read(min(length, BLOCK))
                if not data:
                    return
                length -= len(data)
                check = zlib.crc32(data, check)
                yield data
            if file.read(4) != check.to_bytes(4, "big"):
                raise InvalidImage("damaged")
            length, kind = read_start(file)


def rows_size(picture: Png) -> int:
    """Return the size of all rows, each with its filter byte."""
    if not picture.interlaced:
        return pass_size(picture, picture.width, picture.height)
    return sum(
        pass_size(
            picture,
            -(-(picture.width - left) // across),
            -(-(picture.height - top) // down),
        )
        for left, across, top, down in PASSES
    )


def pass_size(picture: Png, width: int, height: int) -> int:
    """Return the size of one pass; a pass without pixels has no rows."""
    if width <= 0 or height <= 0:
        return 0
    bits = width * picture.depth * SAMPLES[picture.color]
    return height * (1 + -(-bits // 8))
