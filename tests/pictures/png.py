"""PNG files put together by hand, chunk by chunk."""

from __future__ import annotations

import random
import struct
import zlib
from functools import cache

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GRAY, RGB, PALETTE, GRAY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
SAMPLES = {GRAY: 1, RGB: 3, PALETTE: 1, GRAY_ALPHA: 2, RGB_ALPHA: 4}
SIDE = 16


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


def spoiled(part: bytes) -> bytes:
    """The chunk with a wrong checksum."""
    return part[:-1] + bytes((part[-1] ^ 0xFF,))


def header(
    depth: int = 8, color: int = RGB, *, tail: bytes = bytes(3), side: int = SIDE
) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBB", side, side, depth, color) + tail)


def level(sample: int, x: int, y: int, depth: int) -> int:
    """One sample of a picture of many colors: slopes across, down and aslant."""
    place = (x, y, (x + y) // 2, SIDE - 1 - (x * y) % SIDE)[sample]
    return place * ((1 << depth) - 1) // (SIDE - 1)


def row(y: int, depth: int, color: int) -> bytes:
    """One line without a filter; small samples share bytes."""
    samples = [0, 3] if color == GRAY_ALPHA else range(SAMPLES[color])
    values = [level(sample, x, y, depth) for x in range(SIDE) for sample in samples]
    bits = "".join(f"{value:0{depth}b}" for value in values)
    return b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")


@cache
def rows(depth: int = 8, color: int = RGB) -> bytes:
    return b"".join(row(y, depth, color) for y in range(SIDE))


def palette(count: int = 16) -> bytes:
    colors = ((n * 17, 255 - n * 11, n * 67 % 256) for n in range(count))
    return chunk(b"PLTE", b"".join(bytes(color) for color in colors))


@cache
def pixels(depth: int = 8, color: int = RGB) -> bytes:
    return chunk(b"IDAT", zlib.compress(rows(depth, color)))


def png(depth: int = 8, color: int = RGB, *first: bytes, late: bytes = b"") -> bytes:
    """A picture with these chunks before its palette, and `late` ones after it."""
    colors = palette() if color == PALETTE else b""
    return whole(header(depth, color), *first, colors, late, pixels(depth, color))


def after_pixels(*chunks: bytes) -> bytes:
    return whole(header(), pixels(), *chunks)


def shades(*chunks: bytes) -> bytes:
    """Colors without order, in each of 64 steps from clear to solid."""
    chance, side = random.Random(5), 64
    lines = (
        bytes(value for _ in range(side) for value in (*chance.randbytes(3), alpha))
        for alpha in range(0, 256, 4)
    )
    data = b"".join(b"\0" + line for line in lines)
    pixels = chunk(b"IDAT", zlib.compress(data))
    return whole(header(color=RGB_ALPHA, side=side), *chunks, pixels)


def whole(*chunks: bytes) -> bytes:
    return SIGNATURE + b"".join(chunks) + chunk(b"IEND")


def numbers(kind: bytes, *values: float) -> bytes:
    """A chunk of numbers in hundred thousandths."""
    return chunk(kind, b"".join(struct.pack(">I", round(v * 100_000)) for v in values))


def gamma(exponent: float) -> bytes:
    return numbers(b"gAMA", exponent)


def primaries(*places: float) -> bytes:
    return numbers(b"cHRM", *places)


def code_points(primary: int, transfer: int, matrix: int = 0, full: int = 1) -> bytes:
    return chunk(b"cICP", bytes((primary, transfer, matrix, full)))


def content_light(brightest: int) -> bytes:
    """The brightest light in the picture, in candela per square meter."""
    return chunk(b"cLLI", struct.pack(">II", brightest * 10_000, 100 * 10_000))


def screen_light(brightest: int) -> bytes:
    """The screen on which the picture was made: its primaries, white and light."""
    wide = (35_400, 14_600, 8_500, 39_850, 6_550, 2_300, 15_635, 16_450)
    return chunk(b"mDCV", struct.pack(">8HII", *wide, brightest * 10_000, 50))


def clear(*samples: int) -> bytes:
    """The samples that are clear, of sixteen bits each."""
    return chunk(b"tRNS", struct.pack(f">{len(samples)}H", *samples))


def profile_chunk(profile: bytes, name: bytes = b"some") -> bytes:
    return chunk(b"iCCP", name + b"\0\0" + zlib.compress(profile))
