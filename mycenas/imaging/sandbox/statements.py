"""Read what a file says of itself: all of it is optional, and none of it is trusted.

What cannot be read is left out, and so is what follows `MOST_STEPS`; no file is refused
for it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from xml.parsers.expat import ExpatError

from mycenas.imaging.sandbox.blocks import blocks_of, inflated
from mycenas.imaging.sandbox.exif import read_exif
from mycenas.imaging.sandbox.facts import STEP, Facts, decoded, decoded_wide
from mycenas.imaging.sandbox.files import Source
from mycenas.imaging.sandbox.icc import ENTRY_SIZE, HEADER_SIZE, SHORTEST, u32
from mycenas.imaging.sandbox.iptc import read_iptc
from mycenas.imaging.sandbox.xmp import read_xmp

# Pillow, which reads EXIF, raises the last four.
UNREADABLE = (
    ValueError, LookupError, struct.error, zlib.error, ExpatError,
    SyntaxError, TypeError, ArithmeticError, OSError,
)  # fmt: skip
LARGEST_TEXT = 1024 * 1024
# Keywords of PNG texts with the kind of their values.
TEXTS = {"software": "software", "author": "artist", "copyright": "copyright"}
CREATED, XMP = "creation time", "xml:com.adobe.xmp"
# Texts in which generators keep what a picture was made from.
RECIPES = frozenset(
    {"parameters", "prompt", "workflow", "dream", "sd-metadata", "invokeai_metadata"}
)
# A program keeps blocks of other formats as hexadecimal digits under these keywords.
RAW = "raw profile type "
CREDENTIALS, ARTIFICIAL = b"c2pa", b"rainedAlgorithmicMedia"
DESCRIPTION, MOST_PARTS = b"desc", 200


def stated_facts(source: Source, format_name: str) -> dict[str, Any]:
    """Return what the file says of itself, by kinds."""
    facts = Facts()
    for kind, data in blocks_of(source, format_name):
        with suppress(*UNREADABLE):
            READERS[kind](data, facts)
    return facts.as_json()


def read_text(data: bytes, facts: Facts) -> None:
    keyword, _end, text = data.partition(b"\0")
    take_text(keyword.decode("latin-1"), text, facts)


def read_packed_text(data: bytes, facts: Facts) -> None:
    keyword, _end, rest = data.partition(b"\0")
    # The first byte names the only method of compression.
    take_text(keyword.decode("latin-1"), unpacked(rest[1:], facts), facts)


def read_international_text(data: bytes, facts: Facts) -> None:
    keyword, _end, rest = data.partition(b"\0")
    is_packed, rest = rest[:1] == b"\1", rest[2:]
    _language, _translated, text = rest.split(b"\0", 2)
    if is_packed:
        text = unpacked(text, facts)
    take_text(keyword.decode("latin-1"), text, facts)


def unpacked(data: bytes, facts: Facts) -> bytes:
    """Return the uncompressed data: a small file may unpack to hundreds of MB."""
    found = inflated(data, LARGEST_TEXT)
    facts.count_steps(len(found) // STEP)
    return found


def take_text(keyword: str, text: bytes, facts: Facts) -> None:
    """Add what a text of a PNG says; `keyword` says what it is."""
    name = keyword.strip().lower()
    if name == XMP:
        read_xmp(text, facts)
    elif name.startswith(RAW):
        read_raw(name.removeprefix(RAW), text, facts)
    elif name in TEXTS:
        facts.add_searched(TEXTS[name], decoded(text))
    elif name == CREATED:
        facts.add_first("created", decoded(text))
    elif name in RECIPES:
        facts.add("generator", f"{keyword}: {decoded(text)}")
    else:
        facts.search(decoded(text))


def read_raw(name: str, text: bytes, facts: Facts) -> None:
    """Read a block in hexadecimal digits, after its name and its length."""
    data = bytes.fromhex(b"".join(text.split()[2:]).decode("ascii"))
    if name in ("exif", "app1"):
        read_exif(data.removeprefix(b"Exif\0\0"), facts)
    elif name in ("iptc", "8bim"):
        read_iptc(data, facts)
    elif name == "xmp":
        read_xmp(data, facts)


def read_credentials(data: bytes, facts: Facts) -> None:
    """Note that there are content credentials; signatures are not verified."""
    if CREDENTIALS in data:
        facts.flags.add("credentials")
    if ARTIFICIAL in data:
        facts.add("generator", "trainedAlgorithmicMedia")


def read_comment(data: bytes, facts: Facts) -> None:
    facts.search(decoded(data))


def read_packed_profile(data: bytes, facts: Facts) -> None:
    name, _end, rest = data.partition(b"\0")
    with suppress(zlib.error):
        read_profile(unpacked(rest[1:], facts), facts)
    facts.add_first("profile", name.decode("latin-1"))


def read_profile(profile: bytes, facts: Facts) -> None:
    """Add the name that an ICC profile gives itself."""
    for number in range(min(u32(profile, HEADER_SIZE), MOST_PARTS)):
        place = SHORTEST + ENTRY_SIZE * number
        if profile[place : place + 4] == DESCRIPTION:
            start, length = u32(profile, place + 4), u32(profile, place + 8)
            part = profile[start : start + length]
            facts.add_first("profile", name_in(part))
            return


def name_in(part: bytes) -> str:
    """Return the first text of a description, in the form of version 2 or 4."""
    if part.startswith(b"mluc"):
        length, start = u32(part, 20), u32(part, 24)
        return decoded_wide(part[start : start + length], ">")
    return decoded(part[12 : 12 + u32(part, 8)])


READERS: dict[str, Callable[[bytes, Facts], None]] = {
    "exif": read_exif,
    "xmp": read_xmp,
    "resources": read_iptc,
    "text": read_text,
    "packed text": read_packed_text,
    "international text": read_international_text,
    "credentials": read_credentials,
    "comment": read_comment,
    "profile": read_profile,
    "packed profile": read_packed_profile,
    "srgb": lambda _data, facts: facts.add_first("profile", "sRGB"),
}
