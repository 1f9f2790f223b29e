"""Pictures wider than their renditions: colors are converted before they are mixed."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page

from mycenas.imaging.sandbox.renditions import fit, shrink
from mycenas.imaging.sandbox.steps import MOST_COMPUTED
from tests.pictures import profiles
from tests.pictures.chromium import shown
from tests.pictures.ours import REACH, WIDEST, distance, seen
from tests.pictures.profiles import (
    BLUE,
    GREEN,
    RED,
    curve,
    matrix,
    points,
    power,
)

pytestmark = pytest.mark.browser

WIDE, LOW = 2 * WIDEST, 16
# As high as a picture must be whose color table is not computed for each pixel.
HIGH = MOST_COMPUTED // WIDE + 1
# Any byte makes one of four levels.
LEVELS = bytes((0, 62, 131, 255)[byte % 4] for byte in range(256))
SRGB_LIKE = curve(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def of_curve(
    part: bytes, red: bytes = RED, green: bytes = GREEN, blue: bytes = BLUE
) -> bytes:
    columns = {"rXYZ": red, "gXYZ": green, "bXYZ": blue}
    return matrix(4, rTRC=part, gTRC=part, bTRC=part, **columns)


LINEAR = of_curve(power(1.0))
PROPHOTO = of_curve(power(1.8), *profiles.PROPHOTO)
DISPLAY_P3 = of_curve(SRGB_LIKE, *profiles.DISPLAY_P3)


def texture(mode: str, height: int) -> Image.Image:
    """Saturated colors without order, each of one pixel."""
    chance = random.Random(3).randbytes(WIDE * height * len(mode))
    return Image.frombytes(mode, (WIDE, height), chance.translate(LEVELS))


def written(kind: str, mode: str, profile: bytes, height: int) -> bytes:
    options: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": 95, "subsampling": 0},
        "WEBP": {"lossless": True, "exact": True, "quality": 0, "method": 0},
        "PNG": {"compress_level": 1},
    }
    out = io.BytesIO()
    texture(mode, height).save(out, kind, icc_profile=profile, **options[kind])
    return out.getvalue()


WIDE_FILES = {
    "linear": ("PNG", "RGB", LINEAR, LOW),
    "linear with alpha": ("WEBP", "RGBA", LINEAR, LOW),
    "linear gray": ("JPEG", "L", profiles.gray(), LOW),
    "linear gray with alpha": ("PNG", "LA", profiles.gray(), LOW),
    "ProPhoto": ("JPEG", "RGB", PROPHOTO, LOW),
    "Display P3": ("JPEG", "RGB", DISPLAY_P3, LOW),
    "inks": ("JPEG", "CMYK", b"", LOW),
    "inks with a profile": ("JPEG", "CMYK", profiles.inks(), LOW),
    "tables, many pixels": ("PNG", "RGB", profiles.rgb_tables(), HIGH),
    "inks, many pixels": ("JPEG", "CMYK", profiles.printed(), HIGH),
    "PQ, many pixels": ("WEBP", "RGB", points(9, 16), HIGH),
}


@pytest.mark.parametrize("file", WIDE_FILES.values(), ids=WIDE_FILES)
def test_colors_are_converted_before_the_picture_is_reduced(
    page: Page, tmp_path: Path, file: tuple[str, str, bytes, int]
) -> None:
    kind, data = file[0], written(*file)
    whole, found = shown(page, kind, data), seen(tmp_path / "original", kind, data)
    assert whole is not None
    assert found is not None
    expected = shrink(whole, fit(whole.size, WIDEST))
    assert distance(found, expected) <= REACH
