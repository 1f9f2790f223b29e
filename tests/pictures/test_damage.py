"""Damaged files: what Chromium shows whole is shown, what lacks pixels is held."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from mycenas.imaging.sandbox.errors import InvalidImage
from mycenas.imaging.sandbox.files import Source
from mycenas.imaging.sandbox.reading import open_picture
from tests.pictures.chromium import disagreements, shown
from tests.pictures.encoded import encoded, jpeg, segment
from tests.pictures.ours import MOST_PIXELS, distance, seen
from tests.pictures.png import (
    GRAY,
    PALETTE,
    RGB,
    after_pixels,
    chunk,
    code_points,
    gamma,
    header,
    palette,
    pixels,
    png,
    rows,
    spoiled,
    whole,
)

pytestmark = pytest.mark.browser

END, TEXT = chunk(b"IEND"), chunk(b"tEXt", b"a\0b")
PACKED = zlib.compress(rows())
WHOLE = png()
UNENDED = WHOLE[: -len(END)]
INDEXED = header(8, PALETTE)
ANIMATION = chunk(b"acTL", struct.pack(">II", 2, 0))
STILL = chunk(b"acTL", struct.pack(">II", 1, 0))


LATER_PIXELS = chunk(b"fdAT", bytes(3) + b"\2" + PACKED)


def packed(*parts: bytes) -> bytes:
    """A PNG with its compressed pixels in these chunks."""
    return whole(header(), *(chunk(b"IDAT", part) for part in parts))


def frame(number: int = 0, side: int = 16, disposal: int = 0) -> bytes:
    """The place of one frame of an animation."""
    numbers = number, side, side, 0, 0, 1, 10, disposal, 0
    return chunk(b"fcTL", struct.pack(">5IHHBB", *numbers))


def filtered(place: int, number: int) -> bytes:
    """A PNG with this number of a filter before one of its rows."""
    lines = bytearray(rows())
    lines[place * (len(lines) // 16)] = number
    return packed(zlib.compress(bytes(lines)))


def changed(data: bytes, place: int, value: int) -> bytes:
    return data[:place] + bytes((value,)) + data[place + 1 :]


SHOWN_PNGS = {
    "no end": UNENDED,
    "end cut": WHOLE[:-5],
    "end spoiled": spoiled(WHOLE),
    "end with data": UNENDED + chunk(b"IEND", b"abc"),
    "garbage after the end": WHOLE + b"<html>",
    "garbage for the end": UNENDED + b"<html>" * 9,
    "checksum of the pixels cut": UNENDED[:-4],
    "checksum of the pixels wrong": whole(header(), spoiled(pixels())),
    "checksum within the pixels cut": packed(PACKED[:-4]),
    "checksum within the pixels wrong": packed(changed(PACKED, len(PACKED) - 1, 7)),
    "checksum within the pixels cut off": UNENDED[:-8],
    "pixels in pieces, some empty": packed(b"", PACKED[:1], b"", PACKED[1:]),
    "pixels and garbage": packed(PACKED + b"garbage"),
    "pixels and more of them": packed(PACKED, b"garbage"),
    "pixels and a wrong piece": after_pixels(spoiled(chunk(b"IDAT", b"x"))),
    "more rows than declared": packed(zlib.compress(rows() * 2)),
    "a narrow window": packed(b"\x08\x1d" + PACKED[2:]),
    "text spoiled": png(8, RGB, spoiled(TEXT)),
    "text without a zero": png(8, RGB, chunk(b"tEXt", b"\xff" * 90)),
    "text compressed badly": png(8, RGB, chunk(b"zTXt", b"a\0\0bad")),
    "gamma spoiled": png(8, RGB, spoiled(gamma(1))),
    "animation spoiled": png(8, RGB, spoiled(ANIMATION)),
    "animation of no frames": png(8, RGB, chunk(b"acTL", bytes(8))),
    "animation of one frame": png(8, RGB, STILL, frame()),
    "animation of one frame twice": png(8, RGB, STILL, frame(), frame(1)),
    "animation of two frames, one there": png(8, RGB, ANIMATION, frame()),
    "animation of two frames, one there, no end": png(8, RGB, ANIMATION, frame())[
        : -len(END)
    ],
    "animation played too often": png(
        8, RGB, chunk(b"acTL", bytes.fromhex("00000002ffffffff"))
    ),
    "a digit in a name": png(8, RGB, chunk(b"a1cd", b"x")),
    "a reserved name": png(8, RGB, chunk(b"abcd", b"x")),
    "a length beyond the file": after_pixels()[:-12] + b"\x7f\xff\xff\xfftEXtabc",
    "a palette too short": whole(header(4, PALETTE), palette(5), pixels(4, PALETTE)),
    "a palette too long": whole(header(2, PALETTE), palette(16), pixels(2, PALETTE)),
    "a palette and two bytes": whole(
        header(4, PALETTE), chunk(b"PLTE", bytes(range(20))), pixels(4, PALETTE)
    ),
    "a palette for gray": png(8, GRAY, palette()),
}
HELD_PNGS = {
    "pixels cut": packed(PACKED[: len(PACKED) // 2]),
    "pixels cut, no end": UNENDED[:-30],
    "a byte missing": packed(zlib.compress(rows()[:-1])),
    "a row missing": packed(zlib.compress(rows()[:-49])),
    "a first piece spoiled": whole(
        header(), spoiled(chunk(b"IDAT", PACKED[:30])), chunk(b"IDAT", PACKED[30:])
    ),
    "pieces apart": whole(
        header(), chunk(b"IDAT", PACKED[:30]), TEXT, chunk(b"IDAT", PACKED[30:])
    ),
    "no such filter": filtered(0, 5),
    "no such filter below": filtered(7, 9),
    "not compressed": packed(b"\x77\0" + PACKED[2:]),
    "a beginning spoiled": packed(b"\x78\0" + PACKED[2:]),
    "a dictionary": packed(b"\x78\xbb" + PACKED[2:]),
    "header spoiled": whole(spoiled(header()), pixels()),
    "header long": whole(header(tail=bytes(4)), pixels()),
    "header twice": whole(header(), header(), pixels()),
    "header late": whole(TEXT, header(), pixels()),
    "another filtering": whole(header(tail=b"\0\1\0"), pixels()),
    "another compression": whole(header(tail=b"\1\0\0"), pixels()),
    "another interlacing": whole(header(tail=b"\0\0\2"), pixels()),
    "no such depth": whole(header(16, PALETTE), palette(), pixels()),
    "palette missing": whole(INDEXED, pixels(8, PALETTE)),
    "palette spoiled": whole(INDEXED, spoiled(palette()), pixels(8, PALETTE)),
    "palette twice": whole(INDEXED, palette(), palette(), pixels(8, PALETTE)),
    "an unknown need": png(8, RGB, chunk(b"ABCD", b"x")),
    "a length beyond the file": whole(header(), b"\x7f\xff\xff\xfftEXt", pixels()),
    "no pixels": whole(header()),
    "palette empty for colors": png(8, RGB, chunk(b"PLTE")),
    "code points of brightness and color": png(8, RGB, code_points(1, 13, 1)),
    "code points of no known range": png(8, RGB, code_points(1, 13, 0, 2)),
    "two frames, none there": png(8, RGB, ANIMATION),
    "one frame, not there": png(8, RGB, STILL),
    "one frame, smaller": png(8, RGB, STILL, frame(side=8)),
    "one frame, numbered wrongly": png(8, RGB, STILL, frame(1)),
    "one frame, disposed of wrongly": png(8, RGB, STILL, frame(disposal=3)),
    "one frame, cut": png(8, RGB, STILL, chunk(b"fcTL", bytes(20))),
    "pixels of a frame first": png(8, RGB, chunk(b"fdAT", bytes(4) + PACKED)),
}

BASELINE, PROGRESSIVE = encoded("JPEG"), encoded("JPEG", progressive=True)
SHOWN_JPEGS = {
    "no end": PROGRESSIVE[:-2],
    "half an end": PROGRESSIVE[:-1],
    "no end, and garbage": PROGRESSIVE[:-2] + b"abc" * 100,
    "no end, and zeros": PROGRESSIVE[:-2] + bytes(5000),
    "no end, and zeros, baseline": BASELINE[:-2] + bytes(5000),
    "garbage after the end": BASELINE + b"<html>",
    "garbage between segments": BASELINE[:20] + b"garbage" + BASELINE[20:],
    "filled between segments": BASELINE[:20] + b"\xff" * 9 + BASELINE[20:],
    "a marker alone": jpeg(b"\xff\x01"),
    "a note without length": jpeg(b"\xff\xe5\0\0"),
    "JFIF short": jpeg(segment(0xE0, b"JFIF")),
    "Adobe short": jpeg(segment(0xEE, b"Adobe")),
    "Photoshop broken": jpeg(segment(0xED, b"Photoshop 3.0\0" + b"8BIM\3\xed")),
    "EXIF broken": jpeg(segment(0xE1, b"Exif\0\0MM\0*\x7f\0\0\x08")),
    "profile broken": jpeg(segment(0xE2, b"ICC_PROFILE\0")),
    "index of pictures broken": jpeg(segment(0xE2, b"MPF\0MM\0*\0\0")),
}
HELD_JPEGS = {
    "pixels cut": BASELINE[:-60],
    "a table without length": jpeg(b"\xff\xc4\0\0"),
    "a tenth cut": BASELINE[: len(BASELINE) * 9 // 10],
    "height of nothing": BASELINE.replace(b"\x08\0\x20\0\x30", b"\x08\0\0\0\x30", 1),
}
WEBP = encoded("WEBP")
# One color, almost clear, in 28 bytes.
SMALL_WEBP = bytes.fromhex("5249464614000000574542505650384c080000002f2fc00710c88c0c")
SHOWN_WEBPS = {
    "of few bytes": SMALL_WEBP,
    "garbage after the end": WEBP + b"<html>",
    "notes broken": encoded("WEBP", exif=b"nonsense"),
    "profile broken": encoded("WEBP", icc_profile=b"nonsense"),
}
HELD_WEBPS = {
    "cut": WEBP[:-20],
    "a size too small": WEBP[:4] + struct.pack("<I", len(WEBP) - 30) + WEBP[8:],
}


ANIMATED_PNGS = {
    "two frames": whole(header(), ANIMATION, frame(), pixels(), frame(1), LATER_PIXELS),
    "two frames, no end": whole(
        header(), ANIMATION, frame(), pixels(), frame(1), LATER_PIXELS
    )[: -len(END)],
    "a default image and a frame": whole(
        header(), STILL, pixels(), frame(), chunk(b"fdAT", bytes(3) + b"\1" + PACKED)
    ),
}


@pytest.mark.parametrize("data", ANIMATED_PNGS.values(), ids=ANIMATED_PNGS)
def test_a_png_of_several_frames_is_animated(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "original"
    path.write_bytes(data)
    with path.open("rb") as file, pytest.raises(InvalidImage) as error:
        open_picture(Source(file.fileno()), "PNG", MOST_PIXELS)
    assert (error.value.code, error.value.parameters) == ("animated", {"frames": 2})


def lost(picture: Image.Image | None) -> int:
    """How many pixels the browser could not show; all of them count as one."""
    return 1 if picture is None else picture.getchannel("A").histogram()[0]


SHOWN = {"PNG": SHOWN_PNGS, "JPEG": SHOWN_JPEGS, "WEBP": SHOWN_WEBPS}
HELD = {"PNG": HELD_PNGS, "JPEG": HELD_JPEGS, "WEBP": HELD_WEBPS}


@pytest.mark.parametrize("kind", SHOWN)
def test_what_chromium_shows_whole_is_shown(
    page: Page, tmp_path: Path, kind: str
) -> None:
    for name, data in SHOWN[kind].items():
        assert not lost(shown(page, kind, data)), name
    assert disagreements(page, tmp_path / "original", kind, SHOWN[kind]) == {}


@pytest.mark.parametrize("kind", HELD)
def test_what_lacks_pixels_is_held(page: Page, tmp_path: Path, kind: str) -> None:
    for name, data in HELD[kind].items():
        assert lost(shown(page, kind, data)), name
        assert seen(tmp_path / "original", kind, data) is None, name


@pytest.mark.parametrize("missing", [1, 2])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("options", [{}, {"restart_marker_rows": 1}])
def test_a_jpeg_without_its_end_is_shown_to_the_last_pixel(
    tmp_path: Path, missing: int, mode: str, options: dict[str, int]
) -> None:
    """Chromium leaves the last rows out, though all of their data is there."""
    data = encoded("JPEG", mode, **options)
    whole_picture = seen(tmp_path / "whole", "JPEG", data)
    assert whole_picture is not None
    found = seen(tmp_path / "original", "JPEG", data[:-missing])
    assert found is not None
    assert distance(found, whole_picture) == 0


@pytest.mark.parametrize("share", [0.3, 0.6, 0.8, 0.95])
@pytest.mark.parametrize(
    ("data", "end"),
    [(BASELINE, b""), (PROGRESSIVE, b""), (PROGRESSIVE, bytes(5000))],
    ids=["baseline", "progressive", "progressive, filled"],
)
def test_a_jpeg_that_is_cut_is_held(
    tmp_path: Path, share: float, data: bytes, end: bytes
) -> None:
    """Chromium shows the progressive one coarser than it is."""
    part = data[: int(len(data) * share)] + end
    assert seen(tmp_path / "original", "JPEG", part) is None
