"""Color profiles made at random, of all kinds of curves and tables."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import product
from random import Random

from tests.pictures.profiles import (
    BLUE,
    DISPLAY_P3,
    GREEN,
    PROPHOTO,
    RED,
    curve,
    power,
    profile,
)

STRAIGHT = power(1.0)


def numbers(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def random_curve(chance: Random) -> bytes:
    """A curve without a break, or a table of one."""
    exponent = chance.uniform(0.5, 3)
    size = chance.choice((2, 5, 256))
    table = [round(65535 * (n / (size - 1)) ** exponent) for n in range(size)]
    return chance.choice(
        (
            power(exponent),
            curve(0, exponent),
            curve(1, exponent, 1, -0.05),
            curve(2, exponent, 0.9, -0.05, 0.04),
            curve(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045),
            b"curv" + struct.pack(f">II{size}H", 0, size, *table),
        )
    )


def padded(*parts: bytes) -> bytes:
    return b"".join(part + bytes(-len(part) % 4) for part in parts)


def color(place: Sequence[float], connection: bytes) -> list[float]:
    light = sum(place[:3]) / 3 * (0.8 if len(place) < 4 else 1 - place[3] / 2)
    if connection == b"Lab ":
        return [light, 0.5 + (place[0] - place[-1]) / 4, 0.5 - place[-1] / 4]
    return [light / 2, light / 2.1, light / 3 + place[-1] / 20]


def random_matrix(seed: int) -> bytes:
    """A profile of wide primaries, or those of sRGB, with curves of all kinds."""
    chance = Random(seed)
    primaries = chance.choice(
        ((RED, GREEN, BLUE), PROPHOTO, (GREEN, BLUE, RED), DISPLAY_P3)
    )
    is_one = chance.random() < 0.5
    curves = [random_curve(chance) for _ in range(1 if is_one else 3)]
    curves *= 3 if is_one else 1
    names = (b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC")
    tags = dict(zip(names, (*primaries, *curves), strict=True))
    return profile(b"RGB ", b"XYZ ", tags, chance.choice((2, 4)))


def old_table(chance: Random, inputs: int, connection: bytes) -> bytes:
    """A table of version 2, of eight or sixteen bits."""
    side, wide = chance.choice((2, 3)), chance.random() < 0.5
    letter, most, count = ("H", 65535, 2) if wide else ("B", 255, 256)
    ramp = [round(n * most / (count - 1)) for n in range(count)]
    places = product([n / (side - 1) for n in range(side)], repeat=inputs)
    cells = [round(v * most) for place in places for v in color(place, connection)]
    body = [*ramp * inputs, *cells, *ramp * 3]
    head = bytes((0, 0, 0, 0, inputs, 3, side, 0)) + numbers(1, 0, 0, 0, 1, 0, 0, 0, 1)
    head = b"mft2" + head + b"\0\2\0\2" if wide else b"mft1" + head
    return head + struct.pack(f">{len(body)}{letter}", *body)


def new_table(chance: Random, inputs: int, connection: bytes) -> bytes:
    """A table of version 4: curves, a table, a matrix, or some of them."""
    last = chance.choice((STRAIGHT, random_curve(chance)))
    body, places = padded(last, last, last), [32, 0, 0, 0, 0]
    if chance.random() < 0.5:
        places[1] = 32 + len(body)
        body += numbers(0.8, 0.1, 0, 0.05, 0.8, 0, 0, 0.1, 0.7, 0.01, 0, 0.02)
        places[2] = 32 + len(body)
        body += padded(*(random_curve(chance) for _ in range(3)))
    if inputs != 3 or chance.random() < 0.5:
        sides = [chance.choice((2, 3)) for _ in range(inputs)]
        ways = product(*([n / (side - 1) for n in range(side)] for side in sides))
        cells = [round(255 * v) for place in ways for v in color(place, connection)]
        places[3] = 32 + len(body)
        body += padded(bytes(sides).ljust(16, b"\0") + b"\1\0\0\0" + bytes(cells))
        places[4] = 32 + len(body)
        body += padded(*(random_curve(chance) for _ in range(inputs)))
    head = b"mAB " + bytes((0, 0, 0, 0, inputs, 3, 0, 0))
    return head + struct.pack(">5I", *places) + body


def random_profile(space: bytes, seed: int) -> bytes:
    """A profile with primaries, a table, or both."""
    chance = Random(seed)
    connection = chance.choice((b"XYZ ", b"Lab "))
    inputs = {b"CMYK": 4, b"GRAY": 1}.get(space, 3)
    tags = {}
    if inputs != 3 or chance.random() < 0.6:
        make = chance.choice((old_table, new_table))
        tags[chance.choice((b"A2B0", b"A2B1"))] = make(chance, inputs, connection)
    if not tags or chance.random() < 0.3:
        names = (b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC")
        curves = [random_curve(chance)] * 3
        if chance.random() < 0.5:
            curves = [random_curve(chance) for _ in range(3)]
        tags |= dict(zip(names, (GREEN, BLUE, RED, *curves), strict=True))
    return profile(space, connection, tags, chance.choice((2, 4)))
