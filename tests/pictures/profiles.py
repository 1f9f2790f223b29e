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
    tags = {b"wtpt": WHITE_TAG, b"A2B0": table(4, inked)}
    return profile(b"CMYK", b"Lab ", tags)


def inked(c: int, m: int, y: int, k: int) -> tuple[int, int, int]:
    lightness = 250 - 60 * c - 60 * m - 20 * y - 90 * k
    return lightness, 128 - 30 * c + 50 * m, 128 - 40 * c + 60 * y


def curve(kind: int, *numbers: float) -> bytes:
    """A parametric curve."""
    values = (round(number * 65536) for number in numbers)
    return b"para" + struct.pack(f">IHH{len(numbers)}i", 0, kind, 0, *values)


def column(x: float, y: float, z: float) -> bytes:
    return b"XYZ " + struct.pack(">4i", 0, *(round(n * 65536) for n in (x, y, z)))


RED, GREEN = column(0.4361, 0.2225, 0.0139), column(0.3851, 0.7169, 0.0971)
BLUE, DARKER = column(0.1431, 0.0606, 0.7141), curve(0, 1.8)

PROPHOTO = (
    column(0.7977, 0.2880, 0),
    column(0.1352, 0.7119, 0),
    column(0.0313, 0.0001, 0.8249),
)
DISPLAY_P3 = (
    column(0.5151, 0.2412, -0.0011),
    column(0.2920, 0.6922, 0.0419),
    column(0.1571, 0.0666, 0.7841),
)


def matrix(version: int = 2, **other: bytes) -> bytes:
    """The primaries of sRGB with another curve, and with these parts."""
    names = ("wtpt", "rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC")
    parts = (WHITE_TAG, RED, GREEN, BLUE, DARKER, DARKER, DARKER)
    tags = {**dict(zip(names, parts, strict=True)), **other}
    return profile(
        b"RGB ", b"XYZ ", {name.encode(): tag for name, tag in tags.items()}, version
    )


def almost_srgb() -> bytes:
    """The primaries of sRGB with a curve that differs from its own in dark colors."""
    other = power(2.2)
    return matrix(rTRC=other, gTRC=other, bTRC=other)


def points(place: int, transfer: int, range_: int = 1) -> bytes:
    """Code points, as profiles hold them since version 4.4."""
    return matrix(4, cicp=code_points(place, transfer, range_))


def inks_with_points(place: int, transfer: int) -> bytes:
    """Four inks, and code points."""
    parts = {b"A2B0": table(4, inked), b"cicp": code_points(place, transfer)}
    return profile(b"CMYK", b"Lab ", {b"wtpt": WHITE_TAG, **parts}, 4)


def code_points(place: int, transfer: int, range_: int = 1) -> bytes:
    return b"cicp" + bytes((0, 0, 0, 0, place, transfer, 0, range_))


def wide_table(*, cut: bool = False) -> bytes:
    """A table of sixteen bits."""
    unit = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    places = product((0, 1), repeat=3)
    cells = ((14 * r + 12 * g + 4 * b, 7 * r + 22 * g, 22 * b) for r, g, b in places)
    body = b"".join(struct.pack(">3H", *(n * 1000 for n in cell)) for cell in cells)
    ramps = struct.pack(">HH", 0, 65535) * 3
    start = b"mft2" + bytes((0, 0, 0, 0, 3, 3, 2, 0)) + unit + struct.pack(">HH", 2, 2)
    return start + ramps + body + (b"" if cut else ramps)


def twice(name: bytes) -> bytes:
    """A profile that names the white once more, as this."""
    whole, moved = matrix(), 12
    count = int.from_bytes(whole[128:132], "big")
    entries = [struct.unpack_from(">4sII", whole, 132 + 12 * n) for n in range(count)]
    entries.append((name, *entries[0][1:]))
    directory = b"".join(
        struct.pack(">4sII", tag, place + moved, size) for tag, place, size in entries
    )
    head = struct.pack(">I", len(whole) + moved) + whole[4:128]
    return head + struct.pack(">I", count + 1) + directory + whole[132 + 12 * count :]


def printed() -> bytes:
    """Four inks with a table for each intent, as printers' profiles have."""
    tables = {
        b"A2B0": table(4, inked),
        b"A2B1": table(4, lambda c, m, y, k: inked(y, m, c, k)),
        b"A2B2": table(4, lambda c, m, y, k: inked(m, y, c, k)),
    }
    return profile(b"CMYK", b"Lab ", {b"wtpt": WHITE_TAG, **tables})
