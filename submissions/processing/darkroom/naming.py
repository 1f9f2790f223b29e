"""Which color space a PNG names: by code points, profile, sRGB or gamma, in this order.

What cannot be used counts as missing, and the next one is asked.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from submissions.processing.darkroom.hdr import BRIGHTEST, BrightSpace
from submissions.processing.darkroom.hdr import CURVES as BRIGHT_CURVES
from submissions.processing.darkroom.spaces import (
    CURVES,
    PLACES,
    SRGB_PLACES,
    Curve,
    profile_of,
)

# Largest profile that is looked at, in bytes.
LARGEST_PROFILE = 16 * 1024 * 1024
LONGEST_NAME, INTENTS = 80, 4
# A gamma this close to that of sRGB stands for sRGB, if it stands alone.
SRGB_GAMMA, SAME_GAMMA = 1 / 2.2, 0.05
# A profile's numbers hold no larger power.
LARGEST_POWER = 30_000.0
SCALE, LIGHT_SCALE = 100_000, 10_000

# An ICC profile, or what no profile can say.
Profile = bytes | BrightSpace


def profiles_of(notes: dict[bytes, bytes]) -> Iterator[Profile]:
    """Give the profiles to try, best first; empty for sRGB as it is."""
    for found in (
        by_code_points(notes.get(b"cICP"), notes),
        by_profile(notes.get(b"iCCP")),
        by_intent(notes.get(b"sRGB")),
        by_gamma(notes.get(b"gAMA"), notes.get(b"cHRM", b"")),
    ):
        if found is not None:
            yield found


def by_code_points(note: bytes | None, notes: dict[bytes, bytes]) -> Profile | None:
    """Return the color space that the numbers stand for."""
    if note is None or note[0] not in PLACES or note[2:] != b"\0\1":
        return None
    places, curve = PLACES[note[0]], note[1]
    if curve in BRIGHT_CURVES:
        return BrightSpace(places, curve, brightest_of(notes))
    return profile_of(places, CURVES[curve]) if curve in CURVES else None


def brightest_of(notes: dict[bytes, bytes]) -> float:
    """Return the brightest light in the picture, in candela per square meter."""
    content = int.from_bytes(notes.get(b"cLLI", b"")[:4], "big")
    screen = int.from_bytes(notes.get(b"mDCV", b"")[16:20], "big")
    return (content or screen) / LIGHT_SCALE or BRIGHTEST


def by_profile(note: bytes | None) -> bytes | None:
    """Return the profile that the file brings, if it is whole."""
    name, end, rest = (note or b"").partition(b"\0")
    if not end or not 1 <= len(name) <= LONGEST_NAME or rest[:1] != b"\0":
        return None
    inflate = zlib.decompressobj()
    try:
        profile = inflate.decompress(rest[1:], LARGEST_PROFILE)
    except zlib.error:
        return None
    return profile if inflate.eof else None


def by_intent(note: bytes | None) -> bytes | None:
    """Say that the picture is in sRGB as it is."""
    return b"" if note is not None and note[0] < INTENTS else None


def by_gamma(note: bytes | None, places: bytes) -> bytes | None:
    """Return the profile of a single power, with the primaries of sRGB or named."""
    gamma = int.from_bytes(note or b"", "big") / SCALE
    if not gamma:
        return None
    if len(places) != 32:
        if abs(gamma / SRGB_GAMMA - 1) <= SAME_GAMMA:
            return b""
        return profile_of(SRGB_PLACES, power_curve(gamma))
    named = [place / SCALE for place in struct.unpack(">8i", places)]
    return profile_of(named, power_curve(gamma))


def power_curve(gamma: float) -> Curve:
    return Curve(min(1 / gamma, LARGEST_POWER))
