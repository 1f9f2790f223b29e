"""Read what EXIF says of camera, program, moment and author.

Of a place it is only said that there is one: coordinates are not kept.
"""

from __future__ import annotations

import re
from typing import Any

from PIL import TiffImagePlugin  # noqa: F401  loaded before no file can be opened
from PIL.ExifTags import IFD
from PIL.Image import Exif

from mycenas.imaging.sandbox.facts import Facts, decoded, decoded_wide

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
# Latitude and longitude with their hemispheres.
PLACES = frozenset({1, 2, 3, 4})
# As much as fits into a segment of a JPEG. Of a file this many blocks are read: each
# may have thousands of tags, and each tag takes time.
LARGEST, MOST_BLOCKS = 65_536, 4

Tags = dict[int, bytes]


def read_exif(exif: bytes, facts: Facts) -> None:
    """Add what EXIF says; `exif` begins with the byte order."""
    facts.exif_blocks += 1
    if facts.exif_blocks > MOST_BLOCKS:
        return
    found = Exif()
    found.load(exif[:LARGEST])
    if PLACES & found.get_ifd(IFD.GPSInfo).keys():
        facts.flags.add("place")
    tags = {
        tag: as_stored(value)
        for part in (found, found.get_ifd(IFD.Exif))
        for tag, value in part.items()
    }
    add_texts(tags, facts, found.endian or "<")
    add_moment(tags, facts)


def as_stored(value: Any) -> bytes:
    """The bytes of data, or of a text, which Pillow decodes as Latin-1; else none."""
    if isinstance(value, str):
        return value.encode("latin-1", "replace")
    return value if isinstance(value, bytes) else b""


def add_texts(tags: Tags, facts: Facts, order: str) -> None:
    if MAKE in tags or MODEL in tags:
        maker, model = decoded(tags.get(MAKE, b"")), decoded(tags.get(MODEL, b""))
        facts.add_camera(maker, model)
    for tag, kind in TEXTS.items():
        facts.add_searched(kind, decoded(tags.get(tag, b"")))
    for tag, kind in WIDE_TEXTS.items():
        facts.add_searched(kind, decoded_wide(tags.get(tag, b""), "<"))
    facts.search(comment(tags.get(COMMENT, b""), order))


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
