"""Color profiles put together by hand; none of them is like sRGB."""

from __future__ import annotations

import struct
from collections.abc import Callable
from itertools import product

from PIL import ImageCms

Tags = dict[bytes, bytes]


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exchanged() -> bytes:
    """The primaries of red and blue, exchanged."""
    raw = srgb().replace(b"rXYZ", b"kept").replace(b"bXYZ", b"rXYZ")
    return raw.replace(b"kept", b"bXYZ")


def profile(space: bytes, connection: bytes, tags: Tags, version: int = 2) -> bytes:
    place = 132 + 12 * len(tags)
    directory, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        directory += name + struct.pack(">II", place + len(body), len(data))
        body += data
    head = bytes(8) + bytes((version, 0, 0, 0)) + b"mntr" + space + connection
    head = (head + bytes(12) + b"acsp").ljust(68, b"\0") + WHITE
    whole = head.ljust(128, b"\0") + directory + body
    return struct.pack(">I", len(whole)) + whole[4:]


WHITE = struct.pack(">3i", 63190, 65536, 54061)
WHITE_TAG = b"XYZ " + bytes(4) + WHITE


def power(exponent: float) -> bytes:
    return b"curv" + struct.pack(">IIH", 0, 1, round(exponent * 256)) + b"\0\0"


def gray(exponent: float = 1.0) -> bytes:
    return profile(b"GRAY", b"XYZ ", {b"wtpt": WHITE_TAG, b"kTRC": power(exponent)})


def table(inputs: int, color: Callable[..., tuple[int, int, int]]) -> bytes:
    """A table of two steps each way, to colors in Lab of eight bits."""
    ramp = bytes(range(256))
    unit = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    cells = b"".join(bytes(color(*place)) for place in product((0, 1), repeat=inputs))
    start = b"mft1" + bytes((0, 0, 0, 0, inputs, 3, 2, 0)) + unit
    return start + ramp * inputs + cells + ramp * 3


def rgb_tables(version: int = 2) -> bytes:
    """Tables for looking and for measuring; browsers look."""
    looking = table(3, lambda r, g, b: (40 + 200 * g, 108 + 40 * r, 148 - 40 * b))
    measuring = table(3, lambda r, g, b: (255 - 200 * g, 128, 128))
    tags = {b"wtpt": WHITE_TAG, b"A2B0": looking, b"A2B1": measuring}
    return profile(b"RGB ", b"Lab ", tags, version)


def inks() -> bytes:
    """Four inks that are paler than their names."""

    def color(c: int, m: int, y: int, k: int) -> tuple[int, int, int]:
        lightness = 250 - 60 * c - 60 * m - 20 * y - 90 * k
        return lightness, 128 - 30 * c + 50 * m, 128 - 40 * c + 60 * y

    tags = {b"wtpt": WHITE_TAG, b"A2B0": table(4, color)}
    return profile(b"CMYK", b"Lab ", tags)
