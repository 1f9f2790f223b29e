"""Colors, transparency and orientation are those that Chromium shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.pictures import profiles
from tests.pictures.chromium import disagreements, shown
from tests.pictures.encoded import XMP, encoded, exif, jpeg, part, segment, tiff
from tests.pictures.ours import REACH, distance
from tests.pictures.png import (
    GRAY,
    GRAY_ALPHA,
    PALETTE,
    RGB,
    RGB_ALPHA,
    after_pixels,
    chunk,
    clear,
    code_points,
    content_light,
    gamma,
    palette,
    png,
    primaries,
    profile_chunk,
    screen_light,
    shades,
    spoiled,
)

pytestmark = pytest.mark.browser

KINDS = [
    *((depth, GRAY) for depth in (1, 2, 4, 8, 16)),
    *((depth, PALETTE) for depth in (1, 2, 4, 8)),
    *((depth, color) for color in (RGB, GRAY_ALPHA, RGB_ALPHA) for depth in (8, 16)),
]
COLORFUL = ("linear", "dark", "wide", "cinema", "exchanged", "tables")
SRGB_CHROMATICITIES = (0.3127, 0.329, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
WIDE_PLACES = (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
SRGB, LINEAR = chunk(b"sRGB", b"\0"), gamma(1)
EXCHANGED = profiles.exchanged()
PROFILES = {
    "none": None,
    "sRGB": profiles.srgb(),
    "exchanged": EXCHANGED,
    "gray": profiles.gray(),
    "tables": profiles.rgb_tables(),
    "tables 4": profiles.rgb_tables(4),
    "inks": profiles.inks(),
    "nonsense": b"nonsense" * 20,
}

SPACES = {
    "plain": [],
    "linear": [LINEAR],
    "dark": [gamma(0.25)],
    "wide": [primaries(*WIDE_PLACES), gamma(1 / 1.8)],
    "cinema": [code_points(11, 17)],
    "exchanged": [profile_chunk(EXCHANGED)],
    "gray": [profile_chunk(profiles.gray()), LINEAR],
    "tables": [profile_chunk(profiles.rgb_tables())],
}
# Each kind in two spaces and each space in four kinds; `make soak` tries all pairs.
KINDS_OF_ALL_SPACES = ((8, GRAY), (4, PALETTE), (16, RGB), (8, RGB_ALPHA))
SPACES_OF_ALL_KINDS = ("plain", "exchanged")
KINDS_IN_SPACES = {
    f"{depth} bits, color {color}, {name}": png(depth, color, *chunks)
    for depth, color in KINDS
    for name, chunks in SPACES.items()
}
SELDOM = {
    f"{depth} bits, color {color}, {name}"
    for depth, color in KINDS
    for name in SPACES
    if (depth, color) not in KINDS_OF_ALL_SPACES and name not in SPACES_OF_ALL_KINDS
}
# What a table of three colors makes of other pictures does not go by their format.
SELDOM |= {
    f"{mode}, {name}" for mode in ("CMYK", "RGBA") for name in ("tables", "tables 4")
}
SOAK = (pytest.mark.trial, pytest.mark.soak)
GAMMAS = {
    f"gamma {value}": png(8, RGB, gamma(value))
    for value in (0, 0.00001, 0.4, 0.4318, 0.4319, 0.45455, 0.477, 0.478, 0.6, 2, 40000)
}
CODE_POINTS = {
    **{f"primaries {n}": png(8, RGB, code_points(n, 13)) for n in range(24)},
    **{f"transfer {n}": png(8, RGB, code_points(9, n)) for n in range(20)},
}
BRIGHT = {
    f"{name}, primaries {places}, {words}": png(
        depth, color, code_points(places, curve), *chunks
    )
    for name, curve in (("PQ", 16), ("HLG", 18))
    for places in (1, 9, 12)
    for words, depth, color, chunks in (
        ("gray", 8, GRAY, []),
        ("16 bits", 16, RGB, []),
        ("with alpha", 8, GRAY_ALPHA, []),
        ("clear", 8, RGB, [clear(17, 17, 17)]),
        ("dim", 8, RGB, [content_light(150)]),
        ("brighter", 8, RGB, [content_light(400), screen_light(4000)]),
        ("for a bright screen", 8, RGB, [screen_light(4000)]),
        ("for an unknown screen", 8, RGB, [content_light(0), screen_light(0)]),
    )
}
SHADES = {
    f"shades, {name}, primaries {places}, {len(light)}": shades(
        code_points(places, curve), *light
    )
    for name, curve in (("PQ", 16), ("HLG", 18), ("sRGB", 13))
    for places in (1, 9, 12)
    for light in ([], [content_light(400)])
}
ORDER = {
    "gamma of sRGB with primaries": [primaries(*SRGB_CHROMATICITIES), gamma(0.45455)],
    "primaries alone": [primaries(*WIDE_PLACES)],
    "primaries without sense": [primaries(*(0,) * 8), LINEAR],
    "primaries in a line": [primaries(0.3, 0.3, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3), LINEAR],
    "primaries beyond light": [primaries(0.3, 0.3, 0.6, 0.3, 3, 6, 0.1, 0.1), LINEAR],
    "primaries cut": [chunk(b"cHRM", bytes(31)), LINEAR],
    "gamma twice": [LINEAR, gamma(0.25)],
    "gamma short": [chunk(b"gAMA", b"\0\1\x86")],
    "gamma long": [chunk(b"gAMA", b"\0\1\x86\xa0\0")],
    "gamma spoiled": [spoiled(LINEAR)],
    "sRGB before gamma": [SRGB, LINEAR],
    "sRGB after gamma": [LINEAR, SRGB],
    "sRGB of no known intent": [chunk(b"sRGB", b"\x09"), LINEAR],
    "sRGB of no known intent, then again": [chunk(b"sRGB", b"\x09"), SRGB, LINEAR],
    "sRGB empty": [chunk(b"sRGB"), LINEAR],
    "profile before sRGB": [SRGB, profile_chunk(EXCHANGED)],
    "profile for other pictures": [profile_chunk(profiles.gray()), LINEAR],
    "profile nonsense": [profile_chunk(b"nonsense" * 20), LINEAR],
    "profile not compressed": [chunk(b"iCCP", b"some\0\0nonsense"), LINEAR],
    "profile cut": [profile_chunk(EXCHANGED[:-1]), LINEAR],
    "profile and more": [profile_chunk(EXCHANGED + b"more")],
    "profile without a name": [profile_chunk(EXCHANGED, b""), LINEAR],
    "profile of a scanner": [profile_chunk(EXCHANGED.replace(b"mntr", b"scnr", 1))],
    "profile said to lead to Lab": [
        profile_chunk(EXCHANGED.replace(b"XYZ ", b"Lab ", 1))
    ],
    "profile spoiled": [spoiled(profile_chunk(EXCHANGED)), LINEAR],
    "first of two profiles": [profile_chunk(EXCHANGED), profile_chunk(profiles.srgb())],
    "code points before a profile": [profile_chunk(EXCHANGED), code_points(12, 13)],
    "code points of a narrow range": [code_points(1, 8, 0, 0), gamma(0.25)],
    "code points unknown": [code_points(77, 8), gamma(0.25)],
    "code points long": [chunk(b"cICP", b"\1\x08\0\1\0")],
    "code points after a palette": [palette(), code_points(1, 8)],
    "gamma after a palette": [palette(), LINEAR],
}
ORDERS = {name: png(8, RGB, *chunks) for name, chunks in ORDER.items()}
LATE = {
    "screen after a palette": png(
        8, PALETTE, code_points(9, 16), late=screen_light(200)
    ),
    "gamma after the pixels": after_pixels(LINEAR),
    "clear after the pixels": after_pixels(clear(17, 17, 17)),
}
CLEAR = {
    "1 bit": png(1, GRAY, clear(1)),
    "2 bits": png(2, GRAY, clear(1)),
    "2 bits, too large": png(2, GRAY, clear(5)),
    "2 bits, upper byte": png(2, GRAY, clear(0x0101)),
    "4 bits": png(4, GRAY, clear(2)),
    "8 bits": png(8, GRAY, clear(17)),
    "8 bits, linear": png(8, GRAY, LINEAR, clear(17)),
    "8 bits, gray profile": png(8, GRAY, SPACES["gray"][0], clear(17)),
    "8 bits, upper byte": png(8, GRAY, clear(0x0111)),
    "8 bits, short": png(8, GRAY, chunk(b"tRNS", b"\x11")),
    "8 bits, long": png(8, GRAY, clear(17, 0)),
    "16 bits": png(16, GRAY, clear(0x1111)),
    "16 bits, almost": png(16, GRAY, clear(0x1112)),
    "16 bits, linear": png(16, GRAY, LINEAR, clear(0x3333)),
    "color": png(8, RGB, clear(17, 17, 17)),
    "color, linear": png(8, RGB, LINEAR, clear(17, 17, 17)),
    "color, upper byte": png(8, RGB, clear(0x0111, 0x0111, 0x0111)),
    "color, short": png(8, RGB, clear(17, 17)),
    "color, short, then whole": png(8, RGB, clear(17), clear(17, 17, 17)),
    "color, spoiled": png(8, RGB, spoiled(clear(17, 17, 17))),
    "color, before a palette": png(8, RGB, clear(17, 17, 17), palette()),
    "color, after a palette": png(8, RGB, palette(), clear(17, 17, 17)),
    "color of 16 bits": png(16, RGB, clear(0x1111, 0x1111, 0x1111)),
    "color of 16 bits, almost": png(16, RGB, clear(0x1111, 0x1111, 0x1112)),
    "color of 16 bits, wide": png(16, RGB, *SPACES["wide"], clear(0, 0, 0)),
    "with alpha": png(8, RGB_ALPHA, clear(17, 17, 17)),
    "palette": png(4, PALETTE, late=chunk(b"tRNS", b"\0\x80\x10")),
    "palette, linear": png(4, PALETTE, LINEAR, late=chunk(b"tRNS", b"\0\x80\x10")),
    "palette, before it": png(4, PALETTE, chunk(b"tRNS", b"\0\x80")),
    "palette, beyond it": png(8, PALETTE, late=chunk(b"tRNS", b"\0\x80" * 10)),
    "palette, far beyond it": png(8, PALETTE, late=chunk(b"tRNS", b"\0\x80" * 200)),
    "palette, empty": png(4, PALETTE, late=chunk(b"tRNS")),
    "palette, twice": png(4, PALETTE, late=2 * chunk(b"tRNS", b"\0\x80")),
}
TURNED_PNGS = {
    **{f"turned {n}": png(8, RGB, chunk(b"eXIf", tiff(n))) for n in range(10)},
    "turned, little end first": png(8, RGB, chunk(b"eXIf", tiff(6, order="<"))),
    "turned, long number": png(8, RGB, chunk(b"eXIf", tiff(6, kind=4))),
    "turned, with a prefix": png(8, RGB, chunk(b"eXIf", b"Exif\0\0" + tiff(6))),
    "turned, spoiled": png(8, RGB, spoiled(chunk(b"eXIf", tiff(6)))),
    "turned, linear and clear": png(
        16, GRAY, LINEAR, clear(0x1111), chunk(b"eXIf", tiff(8))
    ),
    "turned after the pixels": after_pixels(chunk(b"eXIf", tiff(6))),
}
# Two entries for the orientation, of which the first makes no sense.
TURNED_TWICE = tiff(0)[:8] + b"\0\2" + tiff(0)[10:22] + tiff(6)[10:]
HALF = len(EXCHANGED) // 2
FIRST, SECOND = part(EXCHANGED[:HALF], 1, 2), part(EXCHANGED[HALF:], 2, 2)
JPEGS = {
    **{
        f"{mode}, {name}": encoded("JPEG", mode, icc_profile=profile)
        for name, profile in PROFILES.items()
        for mode in ("L", "RGB", "CMYK")
    },
    **{f"turned {n}": jpeg(exif(n)) for n in range(10)},
    "turned, with a profile": jpeg(exif(6), part(EXCHANGED)),
    "turned, little end first": jpeg(exif(6, order="<")),
    "turned, long number": jpeg(exif(6, kind=4)),
    "turned, two numbers": jpeg(exif(6, count=2)),
    "turned twice": jpeg(exif(6), exif(3)),
    "turned after notes without sense": jpeg(segment(0xE1, b"Exif\0\0xx"), exif(3)),
    "turned at the second number": jpeg(segment(0xE1, b"Exif\0\0" + TURNED_TWICE)),
    "turned late": jpeg(late=exif(6)),
    "turned, cut": jpeg(segment(0xE1, b"Exif\0\0" + tiff(6)[:-6])),
    "turned, odd prefix": jpeg(segment(0xE1, b"Exif\0\1" + tiff(6))),
    "turned by XMP": jpeg(xmp=XMP),
    "profile in parts": jpeg(FIRST, SECOND),
    "profile in parts, second first": jpeg(SECOND, FIRST),
    "profile in parts, one missing": jpeg(FIRST),
    "profile in parts, one twice": jpeg(FIRST, FIRST),
    "profile in parts, far apart": jpeg(FIRST, late=SECOND),
    "profile late": jpeg(late=part(EXCHANGED)),
    "profile part 0": jpeg(part(EXCHANGED, 0, 1)),
    "profile of no parts": jpeg(part(EXCHANGED, 0, 0)),
    "first of two profiles": jpeg(part(EXCHANGED), part(profiles.srgb())),
    "progressive, small colors": encoded("JPEG", progressive=True, subsampling=2),
    "RGB": encoded("JPEG", keep_rgb=True),
}
WEBPS = {
    **{
        f"{mode}, {name}": encoded("WEBP", mode, icc_profile=profile)
        for name, profile in PROFILES.items()
        for mode in ("RGB", "RGBA")
    },
    "lossy": encoded("WEBP", lossless=False),
    "lossy, exchanged": encoded("WEBP", lossless=False, icc_profile=EXCHANGED),
    "turned": encoded("WEBP", exif=b"Exif\0\0" + tiff(6)),
    "turned by XMP": encoded("WEBP", xmp=XMP),
}
FAMILIES = {
    "PNG": {
        "kinds in spaces": KINDS_IN_SPACES,
        "gammas": GAMMAS,
        "code points": CODE_POINTS,
        "bright": BRIGHT,
        "shades": SHADES,
        "order": ORDERS,
        "late": LATE,
        "clear": CLEAR,
        "turned": TURNED_PNGS,
    },
    "JPEG": {"all": JPEGS},
    "WEBP": {"all": WEBPS},
}


def cases() -> Iterator[Any]:
    """A test for each family: one for each picture takes twice as long."""
    for kind, families in FAMILIES.items():
        for family, found in families.items():
            for is_seldom in (False, True):
                part = {
                    n: data for n, data in found.items() if (n in SELDOM) is is_seldom
                }
                marks = SOAK if is_seldom else ()
                words = f"{kind}: {family}{', seldom' if is_seldom else ''}"
                if part:
                    yield pytest.param(kind, part, id=words, marks=marks)


@pytest.mark.parametrize(("kind", "pictures"), [*cases()])
def test_a_picture_is_seen_as_chromium_shows_it(
    page: Page, tmp_path: Path, kind: str, pictures: dict[str, bytes]
) -> None:
    assert disagreements(page, tmp_path / "original", kind, pictures) == {}


def test_the_browser_sees_what_differs(page: Page) -> None:
    """The control: notes change what Chromium shows, each in its own way."""
    pairs = [
        *((png(8, RGB), png(8, RGB, *SPACES[name])) for name in COLORFUL),
        (png(8, GRAY), png(8, GRAY, *SPACES["gray"])),
        (JPEGS["CMYK, none"], JPEGS["CMYK, inks"]),
    ]
    for data in pairs:
        kind = "JPEG" if data[0].startswith(b"\xff") else "PNG"
        plain, other = (shown(page, kind, one) for one in data)
        assert plain is not None
        assert other is not None
        assert distance(plain, other) > 2 * REACH
