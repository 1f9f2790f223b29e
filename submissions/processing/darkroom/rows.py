"""The pixels of a PNG, packed anew for the decoder.

Browsers show a picture as soon as its rows are complete, whatever follows them. The
decoder wants a flawless file, so it is given one that is made while it is read: header,
palette and exactly the bytes of the rows, stored without compression.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import chain

from submissions.processing.darkroom.composing import Composed
from submissions.processing.darkroom.faults import Unreadable
from submissions.processing.darkroom.png import (
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

BLOCK = 65_535  # the most that a stored block holds
BEGINNING = b"\x78\x01"  # of deflated data
# Start and step of each pass of an interlaced picture, across and down.
PASSES = (
    (0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4),
    (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2),
)  # fmt: skip


def flawless_png(picture: Png) -> Composed:
    """Return the same picture as a file without faults."""
    return Composed(head(picture), lambda: stored(picture))


def head(picture: Png) -> bytes:
    """Return everything before the rows.

    Gray of sixteen bits is passed off as gray and alpha of eight: the same bytes, and
    none of them is lost.
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
    total = rows_size(picture)
    blocks = -(-total // BLOCK)
    length = len(BEGINNING) + 5 * blocks + total + 4
    return b"".join(parts) + length.to_bytes(4, "big") + PIXELS


def filled(palette: bytes) -> bytes:
    """Return a full palette; what lies beyond its end is of the last color."""
    whole = palette[: len(palette) // 3 * 3]
    return (whole + whole[-3:] * 256)[:LARGEST_PALETTE]


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + checksum(kind, data)


def stored(picture: Png) -> Iterator[bytes]:
    """Give the rows in blocks that are not compressed, and the end of the file."""
    yield BEGINNING
    left, check = rows_size(picture), 1
    for block in rows(picture):
        left -= len(block)
        check = zlib.adler32(block, check)
        size = len(block).to_bytes(2, "little")
        opposite = (len(block) ^ 0xFFFF).to_bytes(2, "little")
        yield bytes((not left,)) + size + opposite + block
    # Browsers ignore the checksum of a chunk of pixels.
    yield check.to_bytes(4, "big") + bytes(4) + chunk(b"IEND", b"")


def rows(picture: Png) -> Iterator[bytes]:
    """Give the bytes of all rows in full blocks but the last; fewer are damage."""
    left = rows_size(picture)
    ahead = b""
    for piece in inflated(picture, left):
        ahead += piece
        while len(ahead) >= BLOCK:
            left -= BLOCK
            yield ahead[:BLOCK]
            ahead = ahead[BLOCK:]
    if len(ahead) != left:
        raise Unreadable("damaged")
    if ahead:
        yield ahead


def inflated(picture: Png, left: int) -> Iterator[bytes]:
    """Give at most so many bytes of the rows, a block's worth at a time.

    The checksum at their end is not looked at.
    """
    source = deflated(picture)
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for compressed in chain((after_beginning(source),), source):
        ahead = compressed
        while left:
            asked = min(left, BLOCK)
            piece = inflate.decompress(ahead, asked)
            ahead = inflate.unconsumed_tail
            left -= len(piece)
            yield piece
            if len(piece) < asked:
                break
        if not left or inflate.eof:
            return


def after_beginning(source: Iterator[bytes]) -> bytes:
    """Check how the compressed data begin and return what follows there."""
    start = b""
    while len(start) < len(BEGINNING):
        piece = next(source, b"")
        if not piece:
            raise Unreadable("damaged")
        start += piece
    method, flags = start[0], start[1]
    if (
        method & 0x0F != 8
        or method >> 4 > 7
        or flags & 0x20
        or (method << 8 | flags) % 31
    ):
        raise Unreadable("damaged")
    return start[2:]


def deflated(picture: Png) -> Iterator[bytes]:
    """Give the compressed data of all chunks of pixels that follow each other.

    A wrong checksum is damage once another chunk is asked for; the file may end.
    """
    with picture.source.open() as file:
        file.seek(picture.start)
        length, kind = read_start(file)
        while kind == PIXELS:
            check = zlib.crc32(kind)
            while length:
                piece = file.read(min(length, BLOCK))
                if not piece:
                    return
                length -= len(piece)
                check = zlib.crc32(piece, check)
                yield piece
            if file.read(4) != check.to_bytes(4, "big"):
                raise Unreadable("damaged")
            length, kind = read_start(file)


def rows_size(picture: Png) -> int:
    """Return how many bytes all rows take, each with its filter's number."""
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
    """Return the bytes of one pass; one without pixels has no rows."""
    if width <= 0 or height <= 0:
        return 0
    bits = width * picture.depth * SAMPLES[picture.color]
    return height * (1 + -(-bits // 8))
