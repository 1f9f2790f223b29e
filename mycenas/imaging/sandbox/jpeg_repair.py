"""JPEGs without an end marker.

The decoder treats such a file as truncated. It is valid if no pixel is missing: then
the image is the same, whatever bytes follow.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from PIL import Image, ImageChops

from mycenas.imaging.sandbox.errors import InvalidImage
from mycenas.imaging.sandbox.jpeg import SCAN, Jpeg

END = b"\xff\xd9"
# The decoder would make missing pixels of these bits.
FILLER = b"\x55" * 256
MARKER = re.compile(rb"\xff+([^\x00\x01\xd0-\xd7\xff])")
# Frames whose scans hold only a part of the precision.
PROGRESSIVE = frozenset({0xC2, 0xCA})
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
COEFFICIENTS = 64

# Decodes the file up to an offset, followed by these bytes.
Decode = Callable[[int, bytes], Image.Image]


def repaired(picture: Jpeg, decode: Decode) -> Image.Image:
    """Return the image; "damaged" if any pixel is missing."""
    data = picture.source.open().read()
    # Padding at the end is left out.
    end = len(data.rstrip(b"\x00\xff"))
    if end <= picture.start or not has_all_scans(picture, data, end):
        raise InvalidImage("damaged")
    one, other = decode(end, END), decode(end, FILLER + END)
    if ImageChops.difference(one, other).getbbox(alpha_only=False):
        raise InvalidImage("damaged")
    return one


def has_all_scans(picture: Jpeg, data: bytes, end: int) -> bool:
    """Whether the scans hold all components in full precision."""
    frame, components = frame_of(bytes(picture.head))
    # The bits that each coefficient lacks; `None` before its first scan.
    lacking: dict[int, list[int | None]] = {
        component: [None] * COEFFICIENTS for component in components
    }
    for found in MARKER.finditer(data, picture.start, end):
        if found[1][0] == SCAN:
            note_scan(lacking, data[found.end() : found.end() + 16], frame)
    return all(lack == 0 for component in lacking.values() for lack in component)


def note_scan(lacking: dict[int, list[int | None]], segment: bytes, frame: int) -> None:
    """Update `lacking` from the header of a scan."""
    count = segment[2]
    components = segment[3 : 3 + 2 * count : 2]
    first, last, shifts = segment[3 + 2 * count : 6 + 2 * count]
    if frame not in PROGRESSIVE:
        first, last, shifts = 0, COEFFICIENTS - 1, 0
    for component in components:
        for index in range(first, min(last, COEFFICIENTS - 1) + 1):
            lacking[component][index] = shifts & 0x0F


def frame_of(head: bytes) -> tuple[int, bytes]:
    """Return the frame type and the identifiers of its components."""
    offset = 2
    while offset < len(head) - 9:
        marker = head[offset + 1]
        if marker in FRAMES:
            count = head[offset + 9]
            return marker, head[offset + 10 : offset + 10 + 3 * count : 3]
        offset += 2 + int.from_bytes(head[offset + 2 : offset + 4], "big")
    raise InvalidImage("damaged")
