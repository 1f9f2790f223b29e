"""Read what IPTC records in Photoshop's resources say of author and program.

Pillow's reader wants the open JPEG, reads none of a PNG, and gives nothing of records
of which one is damaged.
"""

from __future__ import annotations

from collections.abc import Iterator

from mycenas.imaging.sandbox.facts import Facts, decoded

SIGNATURE, IPTC = b"8BIM", 0x0404
START, APPLICATION = 0x1C, 2
# Longer values have a length of another form, and are no texts of these kinds.
LONG = 0x8000
TEXTS = {80: "artist", 116: "copyright", 65: "software"}
SEARCHED = frozenset({105, 110, 120})
CREATED, DATE_DIGITS = 55, 8
PLACES = frozenset({26, 27, 90, 92, 95, 100, 101})


def read_iptc(resources: bytes, facts: Facts) -> None:
    """Add what the IPTC records among the resources say."""
    for number, data in blocks_of(resources):
        facts.count_steps(1)
        if number == IPTC:
            for kind, value in records(data):
                facts.count_steps(1)
                take(kind, decoded(value), facts)


def take(kind: int, text: str, facts: Facts) -> None:
    if kind in PLACES:
        facts.flags.add("place")
    elif kind in SEARCHED:
        facts.search(text)
    elif kind in TEXTS:
        facts.add_searched(TEXTS[kind], text)
    elif kind == CREATED and len(text) == DATE_DIGITS:
        facts.add_first("created", f"{text[:4]}-{text[4:6]}-{text[6:]}")


def blocks_of(resources: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and data of each resource, up to the first that is damaged."""
    place = 0
    while resources[place : place + 4] == SIGNATURE:
        number = int.from_bytes(resources[place + 4 : place + 6], "big")
        named = resources[place + 6 : place + 7]
        # The name with its length is filled up to an even number of bytes.
        place += 6 + (len(named) and named[0] + 2 & ~1)
        size = int.from_bytes(resources[place : place + 4], "big")
        yield number, resources[place + 4 : place + 4 + size]
        place += 4 + (size + 1 & ~1)


def records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the records of the application: kind and value."""
    place = 0
    while data[place : place + 1] == bytes((START,)) and len(data) >= place + 5:
        record, kind = data[place + 1], data[place + 2]
        length = int.from_bytes(data[place + 3 : place + 5], "big")
        if length >= LONG:
            return
        if record == APPLICATION:
            yield kind, data[place + 5 : place + 5 + length]
        place += 5 + length
