"""Metadata that browsers apply: the EXIF orientation and a JPEG's ICC profile."""

from __future__ import annotations

import struct
from collections.abc import Iterable

TAG, SHORT, ENTRY_SIZE = 0x0112, 3, 12
ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
# One more byte follows, with any value.
EXIF = b"Exif\0"
PROFILE = b"ICC_PROFILE\0"

CAMERA, COLORS = 0xE1, 0xE2
# Marker and data of a metadata segment in a JPEG.
Note = tuple[int, bytes]


def is_exif(note: Note) -> bool:
    marker, data = note
    return marker == CAMERA and data.startswith(EXIF)


def is_profile(note: Note) -> bool:
    marker, data = note
    is_whole = len(data) > len(PROFILE) + 2
    return marker == COLORS and data.startswith(PROFILE) and is_whole


def orientation_in(notes: Iterable[Note]) -> int:
    """Return the orientation of a JPEG from its first EXIF segment."""
    exif = next((note[1] for note in notes if is_exif(note)), b"")
    return read_orientation(exif[len(EXIF) + 1 :])


def read_orientation(exif: bytes) -> int:
    """Return the EXIF orientation, 1 if there is no valid one."""
    order = ORDERS.get(exif[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, start)
        for number in range(count):
            offset = start + 2 + ENTRY_SIZE * number
            tag, *entry, _ = struct.unpack_from(order + "HHIHH", exif, offset)
            if tag == TAG and is_valid(*entry):
                return int(entry[2])
    except struct.error:
        return 1
    return 1


def is_valid(kind: int, count: int, value: int) -> bool:
    """Whether the value is one number from 1 to 8."""
    return (kind, count) == (SHORT, 1) and 1 <= value <= 8


def profiles_in(notes: Iterable[Note]) -> list[bytes]:
    """Return the profile of a JPEG, joined from its parts, if none is missing.

    Each part has its number and the number of parts; the first number of parts counts.
    """
    parts: dict[int, bytes] = {}
    total = 0
    for marker, data in notes:
        if is_profile((marker, data)):
            number, of = data[len(PROFILE) : len(PROFILE) + 2]
            total = total or of
            parts.setdefault(number, data[len(PROFILE) + 2 :])
    numbers = range(1, total + 1)
    if not total or not all(number in parts for number in numbers):
        return []
    return [b"".join(parts[number] for number in numbers)]
