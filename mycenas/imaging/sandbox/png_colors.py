"""The color space of a PNG: from cICP, iCCP, sRGB or gAMA, in this order.

An unusable chunk counts as missing. The profile of any image may contain code points,
which replace its primaries and curves.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence

from mycenas.imaging.sandbox import icc
from mycenas.imaging.sandbox.color_spaces import (
    CHROMATICITIES,
    CURVES,
    SRGB_CHROMATICITIES,
    SRGB_CURVE,
    Chromaticities,
    Curve,
    columns_of,
    matrix_of,
    parametric,
    profile_of,
)
from mycenas.imaging.sandbox.errors import InvalidImage
from mycenas.imaging.sandbox.hdr import BRIGHTEST, HdrSpace
from mycenas.imaging.sandbox.hdr import CURVES as HDR_CURVES

# Largest uncompressed profile, in bytes.
LARGEST_PROFILE = 16 * 1024 * 1024
LONGEST_NAME = 80
# Without cHRM, a gamma this close to that of sRGB means sRGB.
SRGB_GAMMA, SAME_GAMMA = 1 / 2.2, 0.05
# The largest power that a profile can hold.
LARGEST_POWER = 30_000.0
SCALE, LIGHT_SCALE = 100_000, 10_000
# The code point that leaves primaries or curves to the profile around it.
OPEN = 2
# Browsers read some code points of profiles unlike those of cICP.
CURVES_IN_PROFILES = {**CURVES, **dict.fromkeys((1, 6, 11), SRGB_CURVE)}

# An ICC profile, or an HDR space, which ICC profiles cannot describe.
Profile = bytes | HdrSpace


def profiles_of(notes: Mapping[bytes, bytes]) -> Iterator[Profile]:
    """Yield the profiles to try, best first; an empty one means sRGB."""
    for found in (
        by_code_points(notes.get(b"cICP"), notes),
        by_profile(notes.get(b"iCCP"), notes),
        b"" if b"sRGB" in notes else None,
        by_gamma(notes.get(b"gAMA"), notes.get(b"cHRM", b"")),
    ):
        if found is not None:
            yield found


def by_code_points(note: bytes | None, notes: Mapping[bytes, bytes]) -> Profile | None:
    """Return the color space of the code points."""
    if note is None or note[0] not in CHROMATICITIES or note[2:] != b"\0\1":
        return None
    columns, curve = columns_of(CHROMATICITIES[note[0]]), note[1]
    if columns is None:
        return None
    if curve in HDR_CURVES:
        return HdrSpace(matrix_of(columns), curve, largest_luminance(notes))
    return plain(columns, CURVES[curve]) if curve in CURVES else None


def plain(columns: Sequence[bytes], curve: Curve) -> bytes:
    return profile_of(columns, [parametric(curve)] * 3)


def largest_luminance(notes: Mapping[bytes, bytes]) -> float:
    """Return the largest luminance of the image in candela per square meter."""
    content = int.from_bytes(notes.get(b"cLLI", b"")[:4], "big")
    screen = int.from_bytes(notes.get(b"mDCV", b"")[16:20], "big")
    return (content or screen) / LIGHT_SCALE or BRIGHTEST


def by_profile(note: bytes | None, notes: Mapping[bytes, bytes]) -> Profile | None:
    """Return the embedded profile, if it is complete."""
    name, end, rest = (note or b"").partition(b"\0")
    if not end or not 1 <= len(name) <= LONGEST_NAME or rest[:1] != b"\0":
        return None
    inflate = zlib.decompressobj()
    try:
        profile = inflate.decompress(rest[1:], LARGEST_PROFILE)
    except zlib.error:
        return None
    if not inflate.eof:
        return None
    if profile[icc.SPACE] not in (icc.GRAYS, icc.INKS):
        # Of a PNG any other three channels count as red, green and blue.
        profile = profile[: icc.SPACE.start] + icc.COLORS + profile[icc.SPACE.stop :]
    # Browsers convert a PNG from its profile even if it has code points.
    found = named(profile, notes)
    return found if isinstance(found, HdrSpace) else profile


def named(profile: bytes, notes: Mapping[bytes, bytes] = {}) -> Profile:
    """Return the profile, or the color space of its code points."""
    parts = icc.parts_of(profile) or {}
    points = parts.get(icc.CODE_POINTS, b"")[8:12]
    is_used = profile[icc.SPACE] in (icc.COLORS, icc.GRAYS, icc.INKS)
    if not points or not is_used or icc.read_profile(profile) is None:
        return profile
    known = (*CHROMATICITIES, OPEN)
    if points[1] in HDR_CURVES and (points[0] not in known or points[2:] != b"\0\1"):
        # Browsers mix the curve of the code points with the primaries of the profile.
        raise InvalidImage("damaged")
    return of_points(profile, parts, points, notes)


def of_points(
    profile: bytes, parts: icc.Parts, points: bytes, notes: Mapping[bytes, bytes]
) -> Profile:
    place, curve, *rest = points
    if place in CHROMATICITIES:
        columns, known = columns_of(CHROMATICITIES[place]), CURVES_IN_PROFILES
    else:
        columns, known = icc.found(parts, icc.COLUMNS), CURVES
    if rest != [0, 1] or place not in (*CHROMATICITIES, OPEN) or columns is None:
        return profile
    if curve in HDR_CURVES:
        return HdrSpace(matrix_of(columns), curve, largest_luminance(notes))
    if curve in known:
        return plain(columns, known[curve])
    curves = icc.found(parts, icc.CURVES)
    return profile_of(columns, curves) if curve == OPEN and curves else profile


def by_gamma(note: bytes | None, chromaticities: bytes) -> bytes | None:
    """Return the profile of a gamma, with the primaries of cHRM or of sRGB."""
    gamma = int.from_bytes(note or b"", "big") / SCALE
    if not gamma:
        return None
    if len(chromaticities) != 32:
        if abs(gamma / SRGB_GAMMA - 1) <= SAME_GAMMA:
            return b""
        return with_gamma(SRGB_CHROMATICITIES, gamma)
    given = [value / SCALE for value in struct.unpack(">8I", chromaticities)]
    if max(given) > 1:
        return None
    if given[0] and not given[1]:
        # Browsers show such an image in black.
        raise InvalidImage("damaged")
    return with_gamma(given, gamma)


def with_gamma(chromaticities: Chromaticities, gamma: float) -> bytes | None:
    columns = columns_of(chromaticities)
    return plain(columns, Curve(min(1 / gamma, LARGEST_POWER))) if columns else None
