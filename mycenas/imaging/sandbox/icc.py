"""Read an ICC profile the way browsers do: what they believe of it, and nothing else.

A profile that breaks a rule here counts as missing.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from mycenas.imaging.sandbox.errors import InvalidImage

# Parts of a profile by their names.
Parts = dict[bytes, bytes]

HEADER_SIZE, ENTRY_SIZE, SHORTEST, LATEST_VERSION = 128, 12, 132, 4
# Chromaticities in the header.
SPACE, CONNECTION, SIGNATURE = slice(16, 20), slice(20, 24), slice(36, 40)
WHITE = slice(68, 80)
XYZ, LAB, INKS, COLORS, GRAYS = b"XYZ ", b"Lab ", b"CMYK", b"RGB ", b"GRAY"
# The white that profiles lead to, and how far one may be from it.
D50, REACH = (0.9642, 1.0, 0.8249), 0.01
CURVES, COLUMNS = (b"rTRC", b"gTRC", b"bTRC"), (b"rXYZ", b"gXYZ", b"bXYZ")
GRAY_CURVE, CODE_POINTS = b"kTRC", b"cicp"
# The first of these tables is used, whatever is asked of the colors.
TABLE, OTHER_TABLE = b"A2B0", b"A2B1"
# What the conversion of colors depends on.
NEEDED = frozenset({b"wtpt", b"chad", GRAY_CURVE, TABLE, *CURVES, *COLUMNS})
# How many numbers each kind of parametric curve has.
NUMBERS = (1, 3, 4, 5, 7)
# Power, slope, shift, slope near black and where that ends, if nothing else is said.
BRIGHTEST, STEEPEST = 2.0, 30_000.0
STRAIGHT = (1.0, 1.0, 0.0, 0.0, 0.0)


def parts_of(profile: bytes) -> Parts | None:
    """Return the parts that the directory names; None if the profile is not sound."""
    if len(profile) < SHORTEST:
        return None
    size, count = u32(profile, 0), u32(profile, HEADER_SIZE)
    if (
        profile[SIGNATURE] != b"acsp"
        or profile[8] > LATEST_VERSION
        or profile[CONNECTION] not in (XYZ, LAB)
        or not SHORTEST + ENTRY_SIZE * count <= size <= len(profile)
        or not is_d50(profile[WHITE])
    ):
        return None
    parts: Parts = {}
    directory = profile[SHORTEST : SHORTEST + ENTRY_SIZE * count]
    for name, start, length in struct.iter_unpack(">4sII", directory):
        if length < 4 or start + length > size:
            return None
        # Of two parts of one name browsers take the first; the converter takes none.
        parts.setdefault(name, profile[start : start + length])
    return parts if is_sound(parts, profile[SPACE], profile[CONNECTION]) else None


def u32(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 4], "big")


def numbers_of(data: bytes) -> list[float]:
    """Return numbers of 16 bits before the point and 16 bits after it."""
    return [n / 65536 for n in struct.unpack(f">{len(data) // 4}i", data)]


def is_d50(white: bytes) -> bool:
    return all(
        abs(found - wanted) <= REACH
        for found, wanted in zip(numbers_of(white), D50, strict=True)
    )


def is_sound(parts: Parts, space: bytes, connection: bytes) -> bool:
    """Tell whether browsers find a way from samples to light in these parts."""
    is_gray = space == GRAYS
    curves = found(parts, (GRAY_CURVE,) if is_gray else CURVES)
    columns = found(parts, () if is_gray else COLUMNS)
    code_points = parts.get(CODE_POINTS, CODE_POINTS + bytes(8))
    if (
        not all(map(is_curve, curves or ()))
        or not all(map(is_column, columns or ()))
        or not is_a(code_points, CODE_POINTS, 12)
    ):
        return False
    has_matrix = columns is not None and (connection == XYZ or not is_gray)
    return has_table(parts) or (curves is not None and has_matrix)


def found(parts: Parts, names: tuple[bytes, ...]) -> list[bytes] | None:
    """Return the parts of these names; None if one is missing."""
    return [parts[name] for name in names] if parts.keys() >= set(names) else None


def is_a(part: bytes, kind: bytes, length: int) -> bool:
    return part.startswith(kind) and len(part) >= length


def is_column(part: bytes) -> bool:
    """Tell whether this is a primary."""
    return is_a(part, XYZ, 20)


def is_in_range(parts: Parts) -> bool:
    """Tell whether the fast conversion, of few bits, can hold all primaries."""
    # Those of gray profiles are not checked before.
    columns = filter(is_column, found(parts, COLUMNS) or ())
    numbers = (number for part in columns for number in numbers_of(part[8:20]))
    return all(abs(number) <= BRIGHTEST for number in numbers)


def is_curve(part: bytes) -> bool:
    """Tell whether a curve makes sense; tables are checked where they are used."""
    if part[:4] != b"para":
        return part[:4] == b"curv"
    kind = int.from_bytes(part[8:10], "big")
    if kind >= len(NUMBERS) or len(part) < 12 + 4 * NUMBERS[kind]:
        return False
    given = numbers_of(part[12 : 12 + 4 * NUMBERS[kind]])[: 5 if kind > 2 else 3]
    if max(map(abs, given)) > STEEPEST:
        # The conversion of colors cannot follow.
        raise InvalidImage("damaged")
    power, a, b, c, d = (*given, *STRAIGHT[len(given) :])
    if kind in (1, 2):
        if not a:
            return False
        d = -b / a
    return min(power, a, c, d, a * d + b) >= 0


def as_browsers_read(profile: bytes, parts: Parts) -> bytes:
    """Return the profile without what browsers do not look at."""
    needed = {name: part for name, part in parts.items() if name in NEEDED}
    table = table_of(parts)
    connection = profile[CONNECTION]
    if table:
        needed[TABLE] = halved(table) if connection == XYZ else table
    elif COLUMNS[0] in parts:
        connection = XYZ
    kind = b"mntr" if profile[SPACE] != INKS else b"prtr"
    head = profile[4:12] + kind + profile[SPACE] + connection + profile[24:HEADER_SIZE]
    return assembled(head, needed)


def table_of(parts: Parts) -> bytes | None:
    return parts.get(TABLE) or parts.get(OTHER_TABLE)


def has_table(parts: Parts) -> bool:
    return table_of(parts) is not None


def halved(table: bytes) -> bytes:
    """Return an old table to XYZ, its light halved.

    Its highest number stands for 2 by the standard, and for 1 in browsers.
    """
    if table[:4] == b"mft1":
        wide = bytes(byte for byte in table[48:] for _ in range(2))
        return halved(b"mft2" + table[4:48] + struct.pack(">HH", 256, 256) + wide)
    if table[:4] != b"mft2":
        return table
    inputs, outputs, steps = table[8:11]
    before, after = struct.unpack(">HH", table[48:52].ljust(4, b"\0"))
    start = 52 + 2 * (inputs * before + steps**inputs * outputs)
    end = start + 2 * outputs * after
    if end > len(table):
        return table
    light = struct.unpack(f">{outputs * after}H", table[start:end])
    half = struct.pack(f">{len(light)}H", *(value // 2 for value in light))
    return table[:start] + half + table[end:]


def assembled(head: bytes, parts: Mapping[bytes, bytes]) -> bytes:
    """Return a profile of these parts; `head` is its header without the size."""
    place = SHORTEST + ENTRY_SIZE * len(parts)
    directory, body = b"", b""
    for name, part in parts.items():
        directory += name + struct.pack(">II", place + len(body), len(part))
        body += part + bytes(-len(part) % 4)
    count = struct.pack(">I", len(parts))
    size = struct.pack(">I", place + len(body))
    return size + head + count + directory + body
