"""Read an ICC profile the way browsers do: what they believe of it, and nothing else.

A profile that breaks a rule here counts as missing.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mycenas.imaging.sandbox.curves import Curve, numbers_of, read_curve
from mycenas.imaging.sandbox.icc_tables import Table, read_table

# Parts of a profile by their names.
Parts = dict[bytes, bytes]
Matrix = Sequence[Sequence[float]]

HEADER_SIZE, ENTRY_SIZE, SHORTEST, LATEST_VERSION = 128, 12, 132, 4
# Places in the header.
SPACE, CONNECTION, SIGNATURE = slice(16, 20), slice(20, 24), slice(36, 40)
WHITE = slice(68, 80)
XYZ, LAB, INKS, COLORS, GRAYS = b"XYZ ", b"Lab ", b"CMYK", b"RGB ", b"GRAY"
# The white that profiles lead to, and how far one may be from it.
D50, REACH = (0.9642, 1.0, 0.8249), 0.01
CURVES, COLUMNS = (b"rTRC", b"gTRC", b"bTRC"), (b"rXYZ", b"gXYZ", b"bXYZ")
GRAY_CURVE, CODE_POINTS = b"kTRC", b"cicp"
# The first of these tables is used, whatever is asked of the colors. Those from colors
# to samples are not used, but must be sound.
TABLES, BACKWARD = (b"A2B0", b"A2B1"), (b"B2A0", b"B2A1")


class UnsoundPart(Exception):
    """A part for which browsers refuse the whole profile."""


@dataclass(frozen=True)
class IccProfile:
    """What browsers read of a profile; without a table, curves and primaries exist."""

    space: bytes
    connection: bytes
    curves: Sequence[Curve] | None
    primaries: Matrix | None
    table: Table | None


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
        # Of two parts of one name browsers take the first.
        parts.setdefault(name, profile[start : start + length])
    return parts


def read_profile(profile: bytes) -> IccProfile | None:
    """Return the profile; None if browsers find no way from its samples to light."""
    parts = parts_of(profile)
    if parts is None:
        return None
    space, connection = profile[SPACE], profile[CONNECTION]
    try:
        curves = curves_of(parts, space)
        if space == GRAYS and GRAY_CURVE in parts:
            primaries = of_white(profile[WHITE]) if connection == XYZ else None
        else:
            primaries = primaries_of(parts)
        table = table_of(parts, TABLES, connection)
        table_of(parts, BACKWARD, connection)
        if not is_a(parts.get(CODE_POINTS, CODE_POINTS + bytes(8)), CODE_POINTS, 12):
            return None
    except UnsoundPart:
        return None
    if not table and (curves is None or primaries is None):
        return None
    return IccProfile(space, connection, curves, primaries, table)


def curves_of(parts: Parts, space: bytes) -> Sequence[Curve] | None:
    """Return the three curves; None if one is missing."""
    is_gray = space == GRAYS and GRAY_CURVE in parts
    named = [parts[GRAY_CURVE]] * 3 if is_gray else found(parts, CURVES)
    if named is None:
        return None
    curves = [read_curve(part) for part in named]
    if None in curves:
        raise UnsoundPart
    return [curve[0] for curve in curves if curve]


def of_white(white: bytes) -> Matrix:
    """Return the matrix from equal channels to this white."""
    x, y, z = numbers_of(white)
    return [[x, 0.0, 0.0], [0.0, y, 0.0], [0.0, 0.0, z]]


def primaries_of(parts: Parts) -> Matrix | None:
    """Return the matrix from linear light to XYZ; None if a primary is missing."""
    columns = found(parts, COLUMNS)
    if columns is None:
        return None
    if not all(is_a(column, XYZ, 20) for column in columns):
        raise UnsoundPart
    return list(zip(*(numbers_of(column[8:20]) for column in columns), strict=True))


def table_of(parts: Parts, names: tuple[bytes, ...], connection: bytes) -> Table | None:
    """Return the first table of these names; None if there is none."""
    part = next((parts[name] for name in names if name in parts), None)
    if part is None:
        return None
    backward = names == BACKWARD
    table = read_table(part, is_xyz=connection == XYZ, backward=backward)
    if table is None:
        raise UnsoundPart
    return table


def u32(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 4], "big")


def is_d50(white: bytes) -> bool:
    return all(
        abs(found - wanted) <= REACH
        for found, wanted in zip(numbers_of(white), D50, strict=True)
    )


def found(parts: Parts, names: tuple[bytes, ...]) -> list[bytes] | None:
    """Return the parts of these names; None if one is missing."""
    return [parts[name] for name in names] if parts.keys() >= set(names) else None


def is_a(part: bytes, kind: bytes, length: int) -> bool:
    return part.startswith(kind) and len(part) >= length


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
