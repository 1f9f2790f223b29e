"""What Chromium believes of a color profile is believed, the rest is not."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.pictures import profiles
from tests.pictures.chromium import disagreement, disagreements, shown
from tests.pictures.encoded import encoded, jpeg, part, saturated, written
from tests.pictures.ours import REACH, distance, seen
from tests.pictures.png import (
    RGB,
    content_light,
    gamma,
    png,
    primaries,
    profile_chunk,
)
from tests.pictures.profiles import (
    column,
    curve,
    inks_with_points,
    matrix,
    points,
    wide_table,
)
from tests.pictures.random_profiles import random_matrix, random_profile

pytestmark = pytest.mark.browser
SOAK = (pytest.mark.trial, pytest.mark.soak)

PLAIN = matrix()
LOOKING = profiles.table(3, lambda r, g, b: (40 + 200 * g, 108 + 40 * r, 148 - 40 * b))
MEASURING = profiles.table(3, lambda r, g, b: (255 - 200 * g, 128, 128))
SATURATED = profiles.table(3, lambda r, g, b: (200 * r, 128, 128))
LOST = b"\x7f\xff\xff\xff"
DAYLIGHT = struct.pack(">3i", 62289, 65536, 71372)
PROFILES = {
    "plain": PLAIN,
    "almost sRGB": profiles.almost_srgb(),
    "a primary out of range": matrix(rXYZ=column(2.5, 0.5, 0)),
    "a primary far out of range": matrix(rXYZ=column(0, 300, 0)),
    "a primary below zero": matrix(rXYZ=column(-2.5, 0.3, 0)),
    "tables for each intent": profiles.profile(
        b"RGB ",
        b"Lab ",
        {
            b"wtpt": profiles.WHITE_TAG,
            b"A2B0": LOOKING,
            b"A2B1": MEASURING,
            b"A2B2": SATURATED,
        },
    ),
    "table for measuring alone": profiles.profile(
        b"RGB ", b"Lab ", {b"wtpt": profiles.WHITE_TAG, b"A2B1": MEASURING}
    ),
    "table of light": matrix(A2B0=wide_table()),
    "small table of light": matrix(A2B0=LOOKING),
    "table cut": matrix(A2B0=wide_table(cut=True)),
    "a part twice": profiles.twice(b"rTRC"),
    "a part beyond the end": PLAIN[:136] + LOST + PLAIN[140:],
    "a part beyond the length told": struct.pack(">I", len(PLAIN) - 9) + PLAIN[4:],
    "another white": PLAIN[:68] + DAYLIGHT + PLAIN[80:],
    "a later version": PLAIN[:8] + b"\5" + PLAIN[9:],
    "another signature": PLAIN.replace(b"acsp", b"nope", 1),
    "an unknown space": PLAIN.replace(b"RGB ", b"RG\xff ", 1),
    "a primary of another kind": matrix(gXYZ=b"text" + profiles.GREEN[4:]),
    "a curve below nothing": matrix(rTRC=curve(0, -1)),
    "a curve of a negative start": matrix(rTRC=curve(1, 2.2, 0.9, 0.1)),
    "a curve with an offset": matrix(rTRC=curve(2, 2.2, 0.9, -0.1, 0.05)),
    "a curve without a slope": matrix(rTRC=curve(1, 2.2, 0, 0.1)),
    "a curve of an unknown kind": matrix(rTRC=curve(9, 1)),
    "code points": points(12, 13),
    "code points of PQ": points(9, 16),
    "code points of HLG": points(9, 18),
    "code points of television": points(9, 1),
    "code points of linear light": points(1, 8),
    "code points, primaries left open": points(2, 8),
    "code points, curve left open": points(12, 2),
    "code points unknown": points(77, 8),
    "code points of a narrow range": points(12, 13, 0),
    "code points before a table": matrix(
        4, A2B0=LOOKING, cicp=profiles.code_points(12, 13)
    ),
    "code points of another kind": matrix(4, cicp=b"text" + bytes(8)),
}
WRITTEN = {
    **{name: jpeg(part(profile)) for name, profile in PROFILES.items()},
    "gray, code points": encoded("JPEG", "L", icc_profile=points(1, 8)),
    "gray, broken primaries": encoded(
        "JPEG",
        "L",
        icc_profile=profiles.profile(
            b"GRAY",
            b"XYZ ",
            {
                b"wtpt": profiles.WHITE_TAG,
                b"kTRC": curve(0, 1),
                **dict.fromkeys((b"rXYZ", b"gXYZ", b"bXYZ"), b"XYZ " + bytes(9)),
            },
        ),
    ),
    "gray to Lab": encoded(
        "JPEG",
        "L",
        icc_profile=profiles.profile(
            b"GRAY", b"Lab ", {b"wtpt": profiles.WHITE_TAG, b"kTRC": curve(0, 1)}
        ),
    ),
    "inks for each intent": encoded("JPEG", "CMYK", icc_profile=profiles.printed()),
    "inks, code points": encoded("JPEG", "CMYK", icc_profile=points(9, 16)),
    **{
        f"inks, own code points {place}, {transfer}": written(
            saturated("CMYK"), "JPEG", icc_profile=inks_with_points(place, transfer)
        )
        for place, transfer in ((9, 16), (9, 18), (12, 13), (1, 8), (1, 1), (2, 8))
    },
    **{
        f"saturated, curves {seed}": written(
            saturated(), "JPEG", subsampling=0, icc_profile=random_matrix(seed)
        )
        for seed in (51, 64, 82)
    },
}
OTHERS = {
    "WEBP": encoded("WEBP", icc_profile=points(9, 16)),
    "PNG": png(8, RGB, profile_chunk(points(9, 16)), content_light(400)),
}


@pytest.mark.parametrize("color", ["white", "red", "lime", "blue"])
def test_dark_colors_of_a_profile_close_to_srgb_are_converted(
    page: Page, tmp_path: Path, color: str
) -> None:
    """A curve of 2.2 differs from that of sRGB in the levels below 50."""
    shade = Image.linear_gradient("L").resize((8, 64)).point(lambda level: level // 5)
    levels = Image.composite(
        Image.new("RGB", shade.size, color), Image.new("RGB", shade.size), shade
    )
    out = io.BytesIO()
    levels.save(out, "PNG", icc_profile=profiles.almost_srgb())
    data = out.getvalue()
    assert disagreement(page, tmp_path / "dark", "PNG", data) == ""


def canvas(flags: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP of 96 by 64 pixels at most, with these chunks."""
    size = (48, 32) if not flags else (96, 64)
    sides = b"".join((side - 1).to_bytes(3, "little") for side in size)
    body = b"WEBP"
    for name, data in ((b"VP8X", bytes((flags, 0, 0, 0)) + sides), *chunks):
        body += name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def pixels(mode: str) -> bytes:
    """What a lossless WebP has of pixels."""
    data = encoded("WEBP", mode)
    start = data.index(b"VP8L")
    length = int.from_bytes(data[start + 4 : start + 8], "little")
    return data[start + 8 : start + 8 + length]


def one_frame(*first: tuple[bytes, bytes]) -> bytes:
    """An animation of one frame that leaves most of its canvas clear.

    It begins with these chunks.
    """
    inner = pixels("RGB")
    place = b"\x18\0\0\x10\0\0" + b"\x2f\0\0\x1f\0\0" + b"\x64\0\0\0"
    frame = place + b"VP8L" + struct.pack("<I", len(inner)) + inner
    body = (b"ANIM", bytes(6)), (b"ANMF", frame + bytes(len(frame) % 2))
    return canvas(0x22 if first else 2, *first, *body)


BROKEN = curve(3, 2, 1, 0.1, 0.1, 0.2)
HELD = {
    "a curve too steep": jpeg(part(matrix(rTRC=curve(1, 2, 32_000, 0)))),
    "PQ of unknown primaries": jpeg(part(points(77, 16))),
    "a table beside a curve with a break": jpeg(
        part(matrix(A2B0=LOOKING, rTRC=BROKEN, gTRC=BROKEN, bTRC=BROKEN))
    ),
    "PQ of a narrow range": jpeg(part(points(9, 16, 0))),
    "white without light": png(
        8, RGB, primaries(0.31, 0, 0.6, 0.3, 0.3, 0.6, 0.1, 0.1), gamma(1)
    ),
    "alpha that is not announced": canvas(0, (b"VP8L", pixels("RGBA"))),
}


def test_a_profile_counts_as_in_chromium(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "original"
    assert disagreements(page, path, "JPEG", WRITTEN) == {}
    for kind, data in OTHERS.items():
        assert disagreement(page, path, kind, data) == "", kind


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=SOAK) for n in (1, 2))])
def test_a_profile_made_at_random_counts_as_in_chromium(
    page: Page, tmp_path: Path, seed: int
) -> None:
    """Each color model in JPEG, and one of three channels that is not RGB in PNG."""
    path = tmp_path / "original"
    for mode, space in (("RGB", b"RGB "), ("CMYK", b"CMYK"), ("L", b"GRAY")):
        data = encoded("JPEG", mode, icc_profile=random_profile(space, seed))
        assert disagreement(page, path, "JPEG", data) == "", mode
    data = png(8, RGB, profile_chunk(random_profile(b"Lab ", seed)))
    assert disagreement(page, path, "PNG", data) == ""


@pytest.mark.parametrize(
    "data",
    [one_frame(), one_frame((b"ICCP", profiles.exchanged()))],
    ids=["no profile", "a profile, which is ignored"],
)
def test_one_frame_of_an_animation_is_a_still(
    page: Page, tmp_path: Path, data: bytes
) -> None:
    """What the frame leaves clear is clear."""
    expected = shown(page, "WEBP", data)
    found = seen(tmp_path / "original", "WEBP", data)
    assert expected is not None
    assert found is not None
    assert expected.getchannel("A").getextrema() == (0, 255)
    assert distance(found, expected) <= REACH


@pytest.mark.parametrize("data", HELD.values(), ids=HELD)
def test_what_cannot_be_shown_as_in_chromium_is_held(
    tmp_path: Path, data: bytes
) -> None:
    kind = {b"\xff": "JPEG", b"\x89": "PNG", b"R": "WEBP"}[data[:1]]
    assert seen(tmp_path / "original", kind, data) is None
