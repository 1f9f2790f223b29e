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
SRGB_LIKE = curve(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def of_curve(
    part: bytes, red: bytes = RED, green: bytes = GREEN, blue: bytes = BLUE
) -> bytes:
    columns = {"rXYZ": red, "gXYZ": green, "bXYZ": blue}
    return matrix(4, rTRC=part, gTRC=part, bTRC=part, **columns)


LINEAR = of_curve(power(1.0))
PROPHOTO = of_curve(power(1.8), *profiles.PROPHOTO)
DISPLAY_P3 = of_curve(SRGB_LIKE, *profiles.DISPLAY_P3)


def texture(mode: str, height: int = LOW) -> Image.Image:
    """Saturated colors without order, each of one pixel."""
    chance, bands = random.Random(3), len(mode)
    levels = bytes(chance.choices((0, 62, 131, 255), k=WIDE * height * bands))
    return Image.frombytes(mode, (WIDE, height), levels)


def written(kind: str, mode: str, profile: bytes, height: int = LOW) -> bytes:
    options: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": 95, "subsampling": 0},
        "WEBP": {"lossless": True, "exact": True, "quality": 0, "method": 0},
        "PNG": {"compress_level": 1},
    }
    out = io.BytesIO()
    texture(mode, height).save(out, kind, icc_profile=profile, **options[kind])
    return out.getvalue()


WRITTEN = {
    "linear": ("PNG", written("PNG", "RGB", LINEAR)),
    "linear with alpha": ("WEBP", written("WEBP", "RGBA", LINEAR)),
    "linear gray": ("JPEG", written("JPEG", "L", profiles.gray())),
    "linear gray with alpha": ("PNG", written("PNG", "LA", profiles.gray())),
    "ProPhoto": ("JPEG", written("JPEG", "RGB", PROPHOTO)),
    "Display P3": ("JPEG", written("JPEG", "RGB", DISPLAY_P3)),
    "inks": ("JPEG", written("JPEG", "CMYK", b"")),
    "inks with a profile": ("JPEG", written("JPEG", "CMYK", profiles.inks())),
    "tables, many pixels": ("PNG", written("PNG", "RGB", profiles.rgb_tables(), HIGH)),
    "inks, many pixels": ("JPEG", written("JPEG", "CMYK", profiles.printed(), HIGH)),
    "PQ, many pixels": ("WEBP", written("WEBP", "RGB", points(9, 16), HIGH)),
}


@pytest.mark.parametrize(("kind", "data"), WRITTEN.values(), ids=WRITTEN)
def test_colors_are_converted_before_the_picture_is_reduced(
    page: Page, tmp_path: Path, kind: str, data: bytes
) -> None:
    whole, found = shown(page, kind, data), seen(tmp_path / "original", kind, data)
    assert whole is not None
    assert found is not None
    expected = shrink(whole, fit(whole.size, WIDEST))
    assert distance(found, expected) <= REACH
