"""Read what EXIF says of camera, program, moment and author.

Of a place it is only said that there is one: coordinates are not read.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import suppress

from mycenas.imaging.sandbox.facts import Facts, decoded, decoded_wide
from mycenas.imaging.sandbox.metadata import ENTRY_SIZE, ORDERS

MAKE, MODEL = 0x010F, 0x0110
# Tags with the kind of their texts; kinds without a name are only searched.
TEXTS = {
    0x0131: "software",
    0x013B: "artist",
    0xA430: "artist",
    0x8298: "copyright",
    0xA434: "lens",
    0x010E: "",
}
# Windows keeps these in UTF-16: comment, author.
WIDE_TEXTS = {0x9C9C: "", 0x9C9D: "artist"}
COMMENT, COMMENT_CODE = 0x9286, 8
# The moment of the picture, of its digitization, of its file; the zone of the first.
MOMENTS, ZONE = (0x9003, 0x9004, 0x0132), 0x9011
MOMENT = re.compile(r"(\d{4}):(\d\d):(\d\d)\b")
NO_MOMENT = "0000"
DETAILS, GPS = 0x8769, 0x8825
# Latitude and longitude with their hemispheres.
PLACES = frozenset({1, 2, 3, 4})
# Bytes of a value by its type, and the most that are read of it.
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 7: 1, 13: 4}
LONGEST_VALUE = 8000
MOST_ENTRIES = 512

Tags = dict[int, bytes]


def read_exif(exif: bytes, facts: Facts) -> None:
    """Add what EXIF says; `exif` begins with the byte order."""
    order = ORDERS.get(exif[:4])
    if order is None:
        return
    tags = tags_at(exif, order, exif[4:8])
    details = tags_at(exif, order, tags.get(DETAILS, b""))
    if PLACES & tags_at(exif, order, tags.get(GPS, b"")).keys():
        facts.flags.add("place")
    tags = {**tags, **details}
    if MAKE in tags or MODEL in tags:
        maker, model = decoded(tags.get(MAKE, b"")), decoded(tags.get(MODEL, b""))
        facts.add_camera(maker, model)
    for tag, kind in TEXTS.items():
        facts.add_searched(kind, decoded(tags.get(tag, b"")))
    for tag, kind in WIDE_TEXTS.items():
        facts.add_searched(kind, decoded_wide(tags.get(tag, b""), "<"))
    facts.search(comment(tags.get(COMMENT, b""), order))
    add_moment(tags, facts)


def add_moment(tags: Tags, facts: Facts) -> None:
    """Add the first moment that is set, with its zone if the file names it."""
    for tag in MOMENTS:
        moment = MOMENT.sub(r"\1-\2-\3", decoded(tags.get(tag, b"")))
        if moment.strip() and not moment.startswith(NO_MOMENT):
            zone = decoded(tags.get(ZONE, b"")) if tag == MOMENTS[0] else ""
            facts.add_first("created", f"{moment.strip()} {zone}")
            return


def comment(value: bytes, order: str) -> str:
    """Return the user's comment, which begins with the name of its encoding."""
    code, text = value[:COMMENT_CODE], value[COMMENT_CODE:]
    if not code.startswith(b"UNICODE"):
        return decoded(text)
    # Some programs write the other byte order; Latin letters have a zero byte.
    order = {True: ">", False: "<"}.get(text[:1] == b"\0", order)
    return decoded_wide(text, order)


def tags_at(exif: bytes, order: str, pointer: bytes) -> Tags:
    """Return the first value of each tag in the folder that `pointer` leads to."""
    tags: Tags = {}
    # Damaged folders end early.
    with suppress(struct.error):
        (start,) = struct.unpack(order + "I", pointer)
        for tag, value in entries(exif, order, start):
            tags.setdefault(tag, value)
    return tags


def entries(exif: bytes, order: str, start: int) -> Iterator[tuple[int, bytes]]:
    (count,) = struct.unpack_from(order + "H", exif, start)
    for number in range(min(count, MOST_ENTRIES)):
        place = start + 2 + ENTRY_SIZE * number
        tag, kind, length = struct.unpack_from(order + "HHI", exif, place)
        size = SIZES.get(kind, 0) * length
        place += 8
        if size > 4:
            (place,) = struct.unpack_from(order + "I", exif, place)
        yield tag, exif[place : place + min(size, LONGEST_VALUE)]
