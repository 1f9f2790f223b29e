"""JPEGs without their end marker.

The decoder takes such a file for cut off. It is shown if nothing of its pixels is
missing: then it looks the same whatever follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from PIL import Image, ImageChops

from submissions.processing.darkroom.faults import Unreadable
from submissions.processing.darkroom.files import Pages
from submissions.processing.darkroom.jpeg import SCAN, Jpeg

END = b"\xff\xd9"
# Missing pixels would be made of these bits.
OTHER_PIXELS = b"\x55" * 256
MARKER = re.compile(rb"\xff+([^\x00\x01\xd0-\xd7\xff])")
# Frames of which each scan holds a part of the precision only.
PROGRESSIVE = frozenset({0xC2, 0xCA})
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
COEFFICIENTS = 64

# Decodes what ends at a place in the file and goes on with these bytes.
Decode = Callable[[int, bytes], Image.Image]


def mended(picture: Jpeg, decode: Decode) -> Image.Image:
    """Return the picture; "damaged" if any of its pixels is missing."""
    end = end_of_pixels(picture.source.pages)
    if end <= picture.start or not has_all_scans(picture, end):
        raise Unreadable("damaged")
    one, other = decode(end, END), decode(end, OTHER_PIXELS + END)
    if ImageChops.difference(one, other).getbbox(alpha_only=False):
        raise Unreadable("damaged")
    return one


def end_of_pixels(data: Pages) -> int:
    """Return where the file ends, without what only fills it."""
    end = len(data)
    while end and data[end - 1] in (0x00, 0xFF):
        end -= 1
    return end


def has_all_scans(picture: Jpeg, end: int) -> bool:
    """Tell whether each component's pixels are there, in full precision."""
    frame, components = frame_of(bytes(picture.head))
    # What each coefficient still lacks; `None` as long as it did not come at all.
    lacking: dict[int, list[int | None]] = {
        component: [None] * COEFFICIENTS for component in components
    }
    data = picture.source.pages
    for found in MARKER.finditer(data, picture.start, end):
        if found[1][0] == SCAN:
            note_scan(lacking, bytes(data[found.end() : found.end() + 16]), frame)
    return all(lack == 0 for component in lacking.values() for lack in component)


def note_scan(lacking: dict[int, list[int | None]], segment: bytes, frame: int) -> None:
    """Note what a scan brings, as its first bytes tell."""
    count = segment[2]
    components = segment[3 : 3 + 2 * count : 2]
    first, last, shifts = segment[3 + 2 * count : 6 + 2 * count]
    if frame not in PROGRESSIVE:
        first, last, shifts = 0, COEFFICIENTS - 1, 0
    for component in components:
        for place in range(first, min(last, COEFFICIENTS - 1) + 1):
            lacking[component][place] = shifts & 0x0F


def frame_of(head: bytes) -> tuple[int, bytes]:
    """Return the kind of frame and the names of its components."""
    place = 2
    while place < len(head) - 9:
        marker = head[place + 1]
        if marker in FRAMES:
            count = head[place + 9]
            return marker, head[place + 10 : place + 10 + 3 * count : 3]
        place += 2 + int.from_bytes(head[place + 2 : place + 4], "big")
    raise Unreadable("damaged")
