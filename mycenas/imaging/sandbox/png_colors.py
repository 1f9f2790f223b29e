"""The color space of a PNG: from cICP, iCCP, sRGB or gAMA, in this order.

An unusable chunk counts as missing.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from mycenas.imaging.sandbox.color_spaces import (
    CHROMATICITIES,
    CURVES,
    SRGB_CHROMATICITIES,
    Curve,
    profile_of,
)
from mycenas.imaging.sandbox.hdr import BRIGHTEST, HdrSpace
from mycenas.imaging.sandbox.hdr import CURVES as HDR_CURVES

# Largest uncompressed profile, in bytes.
LARGEST_PROFILE = 16 * 1024 * 1024
LONGEST_NAME, INTENTS = 80, 4
# Without cHRM, a gamma this close to that of sRGB means sRGB.
SRGB_GAMMA, SAME_GAMMA = 1 / 2.2, 0.05
# The largest power that a profile can hold.
LARGEST_POWER = 30_000.0
SCALE, LIGHT_SCALE = 100_000, 10_000

# An ICC profile, or an HDR space, which ICC profiles cannot describe.
Profile = bytes | HdrSpace


def profiles_of(notes: dict[bytes, bytes]) -> Iterator[Profile]:
    """Yield the profiles to try, best first; an empty one means sRGB."""
    for found in (
        by_code_points(notes.get(b"cICP"), notes),
        by_profile(notes.get(b"iCCP")),
        by_intent(notes.get(b"sRGB")),
        by_gamma(notes.get(b"gAMA"), notes.get(b"cHRM", b"")),
    ):
        if found is not None:
            yield found


def by_code_points(note: bytes | None, notes: dict[bytes, bytes]) -> Profile | None:
    """Return the color space of the code points."""
    if note is None or note[0] not in CHROMATICITIES or note[2:] != b"\0\1":
        return None
    chromaticities, curve = CHROMATICITIES[note[0]], note[1]
    if curve in HDR_CURVES:
        return HdrSpace(chromaticities, curve, largest_luminance(notes))
    return profile_of(chromaticities, CURVES[curve]) if curve in CURVES else None


def largest_luminance(notes: dict[bytes, bytes]) -> float:
    """Return the largest luminance of the image in candela per square meter."""
    content = int.from_bytes(notes.get(b"cLLI", b"")[:4], "big")
    screen = int.from_bytes(notes.get(b"mDCV", b"")[16:20], "big")
    return (content or screen) / LIGHT_SCALE or BRIGHTEST


def by_profile(note: bytes | None) -> bytes | None:
    """Return the embedded profile, if it is complete."""
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
    """Return the empty profile if the image declares sRGB."""
    return b"" if note is not None and note[0] < INTENTS else None


def by_gamma(note: bytes | None, chromaticities: bytes) -> bytes | None:
    """Return the profile of a gamma, with the primaries of cHRM or of sRGB."""
    gamma = int.from_bytes(note or b"", "big") / SCALE
    if not gamma:
        return None
    if len(chromaticities) != 32:
        if abs(gamma / SRGB_GAMMA - 1) <= SAME_GAMMA:
            return b""
        return profile_of(SRGB_CHROMATICITIES, power_curve(gamma))
    named = [value / SCALE for value in struct.unpack(">8i", chromaticities)]
    return profile_of(named, power_curve(gamma))


def power_curve(gamma: float) -> Curve:
    return Curve(min(1 / gamma, LARGEST_POWER))
