"""Colors, depths and limits inside the child process."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
from PIL import Image, ImageCms

from mycenas.imaging.rendering import BOOTSTRAP, PROJECT
from mycenas.imaging.sandbox.colors import steps_to_srgb
from mycenas.imaging.sandbox.errors import InvalidImage
from mycenas.imaging.sandbox.files import open_files
from mycenas.imaging.sandbox.reading import damage_reported
from mycenas.imaging.sandbox.renditions import dhash, fit, make_renditions

Color = tuple[int, ...]


def developed(folder: Path, image: Image.Image, kind: str, **options) -> Image.Image:
    """The widest rendition of a picture saved in this format."""
    original = folder / "original"
    image.save(original, kind, **options)
    request = {
        "original": str(original),
        "into": str(folder),
        "format": kind,
        "widths": [64],
        "limits": {"max_pixels": 1_000_000, "tallest": None},
    }
    with open_files(request) as opened:
        make_renditions(request, opened)
    with Image.open(folder / "64.webp") as rendition:
        rendition.load()
        return rendition


def pixel(image: Image.Image, at: tuple[int, int]) -> tuple[int, ...]:
    """The channels of one pixel of a picture with more than one."""
    found = image.getpixel(at)
    assert isinstance(found, tuple)
    return found


def near(color: Color, expected: Color, reach: int = 6) -> bool:
    return all(abs(a - b) <= reach for a, b in zip(color, expected, strict=True))


def profile_bytes(name: Literal["LAB", "XYZ", "sRGB"]) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()


def wide_profile() -> bytes:
    """sRGB with red and blue primaries exchanged: valid, and surely another."""
    raw = bytearray(profile_bytes("sRGB"))
    red, blue = raw.index(b"rXYZ"), raw.index(b"bXYZ")
    raw[red : red + 4], raw[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(raw)


@pytest.mark.parametrize(
    ("image", "kind", "expected"),
    [
        (Image.new("L", (40, 30), 90), "JPEG", (90, 90, 90)),
        (Image.new("1", (40, 30), 1), "PNG", (255, 255, 255)),
        (Image.new("I;16", (40, 30), 40_000), "PNG", (155, 155, 155)),
        (Image.new("I;16", (200, 90), 40_000), "PNG", (155, 155, 155)),
        (Image.new("CMYK", (40, 30), (0, 255, 255, 0)), "JPEG", (255, 0, 0)),
        (Image.new("RGB", (40, 30), (30, 60, 200)), "PNG", (30, 60, 200)),
        (Image.new("RGB", (40, 30), (30, 60, 200)).quantize(4), "PNG", (30, 60, 200)),
        (Image.new("RGB", (40, 30), (30, 60, 200)), "WEBP", (30, 60, 200)),
    ],
    ids=["gray", "bits", "gray16", "gray16-big", "cmyk", "rgb", "palette", "webp"],
)
def test_every_mode_keeps_its_color(tmp_path, image, kind, expected):
    shown = developed(tmp_path, image, kind)
    assert shown.mode == "RGB"
    assert near(pixel(shown, (10, 10)), expected)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_alpha_is_kept(tmp_path, mode, kind):
    image = Image.new(mode, (200, 80), 0)
    solid = Image.new("RGBA", (100, 80), (120, 120, 120, 255)).convert(mode)
    image.paste(solid, (0, 0))
    shown = developed(tmp_path, image, kind)
    assert shown.mode == "RGBA"
    assert near(pixel(shown, (8, 8)), (120, 120, 120, 255))
    assert pixel(shown, (60, 8))[3] == 0


def test_alpha_that_hides_nothing_is_dropped(tmp_path):
    image = Image.new("RGBA", (20, 20), (9, 99, 199, 255))
    assert developed(tmp_path, image, "PNG").mode == "RGB"


def test_palette_with_a_clear_entry(tmp_path):
    image = Image.new("P", (40, 30), 0)
    image.putpalette([10, 10, 10, 0, 200, 0])
    image.paste(1, (0, 0, 20, 30))
    shown = developed(tmp_path, image, "PNG", transparency=0)
    assert near(pixel(shown, (5, 5)), (0, 200, 0, 255))
    assert pixel(shown, (35, 5))[3] == 0


def test_clear_pixels_lend_no_color_to_the_edge():
    image = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 32, 64))
    small = image.resize((7, 7), Image.Resampling.LANCZOS)
    edge = pixel(small, (3, 3))
    assert edge[0] < 10
    assert 0 < edge[3] < 255


def test_a_profile_is_applied_and_left_out(tmp_path):
    image = Image.new("RGB", (40, 30), (200, 30, 60))
    plain = developed(tmp_path, image, "JPEG", icc_profile=profile_bytes("sRGB"))
    other = developed(tmp_path, image, "JPEG", icc_profile=wide_profile())
    assert near(pixel(plain, (5, 5)), (200, 30, 60))
    assert near(pixel(other, (5, 5)), (60, 30, 200))
    assert not [shown for shown in (plain, other) if "icc_profile" in shown.info]


@pytest.mark.parametrize("profile", [b"", b"nonsense", bytes(200)])
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "CMYK"])
def test_broken_profile_counts_as_none(mode, profile):
    assert steps_to_srgb([profile], mode, 16) == []


def test_fit_never_enlarges_and_holds_what_webp_can():
    assert fit((4000, 3000), 1920) == (1920, 1440)
    assert fit((100, 50), 1920) == (100, 50)
    assert fit((1000, 30_000), 1920) == (546, 16_383)
    assert fit((1, 60_000), 320) == (1, 16_383)


def test_dhash_is_a_signed_number_of_64_bits():
    rising = Image.linear_gradient("L").rotate(90)
    falling = rising.rotate(180)
    assert dhash(rising) == -1
    assert dhash(falling) == 0


def test_only_the_bytes_fault_is_damage():
    with pytest.raises(InvalidImage, match="damaged"), damage_reported():
        raise SyntaxError("broken chunk")
    with pytest.raises(MemoryError), damage_reported():
        raise MemoryError
    with pytest.raises(OSError, match="disk"), damage_reported():
        raise OSError(5, "disk")


def test_limits_hold_in_the_child(tmp_path):
    image = io.BytesIO()
    Image.new("RGB", (5, 5)).save(image, "PNG")
    (tmp_path / "a").write_bytes(image.getvalue())
    limits = {
        "max_pixels": 100,
        "tallest": None,
        "memory_bytes": 2**30,
        "cpu_seconds": 7,
        "wall_seconds": 50,
        "open_files": 33,
    }
    request = {
        "original": str(tmp_path / "a"),
        "into": str(tmp_path),
        "format": "PNG",
        "widths": [64],
        "limits": limits,
    }
    code = "report = open('/proc/self/limits')" + BOOTSTRAP + "print(report.read())"
    command = [sys.executable, "-I", "-c", code]
    done = subprocess.run(
        [*command, str(PROJECT), json.dumps(request)],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = {line[:25].strip(): line[25:].split() for line in done.stdout.splitlines()}
    assert lines["Max address space"][:2] == [str(2**30)] * 2
    assert lines["Max cpu time"][:2] == ["7", "8"]
    assert lines["Max open files"][:2] == ["33", "33"]
    assert lines["Max core file size"][:2] == ["0", "0"]
