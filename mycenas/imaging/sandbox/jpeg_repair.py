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
FILLERS = b"\x55" * 256, b"\xff\0" * 128
# A byte 255 of the data, as it is written there.
STUFFED = b"\xff\0"
MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")
# Frames whose scans hold only a part of the precision.
PROGRESSIVE = frozenset({0xC2, 0xCA})
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
COEFFICIENTS = 64

# Decodes the file up to an offset, followed by these bytes.
Decode = Callable[[int, bytes], Image.Image]


def end_of_pixels(picture: Jpeg, decode: Decode) -> int:
    """Return where the pixels end; "damaged" if any is missing."""
    data = through_last_scan(picture, picture.source.open().read())
    end, last = without_padding(data), len(data.rstrip(b"\xff"))
    if end <= picture.start:
        raise InvalidImage("damaged")
    if is_whole(decode, end):
        return end
    # Padding is more than pixels need; zeros that are all needed are data.
    if end < last and not is_whole(decode, last - 1) and is_whole(decode, last):
        return last
    raise InvalidImage("damaged")


def without_padding(data: bytes) -> int:
    """Return where the padding of zeros and fill bytes begins."""
    end = len(data.rstrip(STUFFED))
    stuffed = data.rfind(STUFFED, end)
    return end if stuffed < 0 else stuffed + len(STUFFED)


def is_whole(decode: Decode, end: int) -> bool:
    """Whether the data up to `end` hold all pixels."""
    image = decode(end, END)
    others = (decode(end, filler + END) for filler in FILLERS)
    return not any(
        ImageChops.difference(image, other).getbbox(alpha_only=False)
        for other in others
    )


def through_last_scan(picture: Jpeg, data: bytes) -> bytes:
    """Return the data before the marker that follows the last scan.

    The scans must hold all components in full precision. Anything may follow them, such
    as the preview or the video of a camera.
    """
    frame, components = frame_of(bytes(picture.head))
    # The bits that each coefficient lacks; `None` before its first scan.
    lacking: dict[int, list[int | None]] = {
        component: [None] * COEFFICIENTS for component in components
    }
    for found in MARKER.finditer(data, picture.start):
        if is_complete(lacking):
            return data[: found.start()]
        if found[1][0] == SCAN:
            note_scan(lacking, data[found.end() : found.end() + 16], frame)
    if not is_complete(lacking):
        raise InvalidImage("damaged")
    return data


def is_complete(lacking: dict[int, list[int | None]]) -> bool:
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
