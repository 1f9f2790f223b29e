"""JPEGs without an end marker: what belongs to the pixels, and what is padding."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mycenas.imaging.rendering import UnreadableImage, render
from tests.pictures.encoded import encoded
from tests.pictures.ours import distance, seen


def without_end(last: bytes) -> bytes:
    """A JPEG without its end marker whose pixels end with these bytes."""
    for seed in range(4000):
        noise = random.Random(seed).randbytes(768)
        out = io.BytesIO()
        Image.frombytes("RGB", (16, 16), noise).save(out, "JPEG", quality=60)
        data = out.getvalue()[:-2]
        if data.endswith(last):
            return data
    raise AssertionError(last)


@pytest.mark.parametrize("last", [b"\0", b"\xff\0", b"\xff\0\0"], ids=bytes.hex)
@pytest.mark.parametrize("fill", [b"", b"\xff" * 9], ids=["", "filled"])
def test_the_last_bytes_of_a_jpeg_without_its_end_are_pixels(
    tmp_path: Path, last: bytes, fill: bytes
) -> None:
    data = without_end(last)
    expected = seen(tmp_path / "whole", "JPEG", data + b"\xff\xd9")
    found = seen(tmp_path / "original", "JPEG", data + fill)
    assert expected is not None
    assert found is not None
    assert distance(found, expected) == 0


SCANS: dict[str, dict[str, Any]] = {
    "one scan": {},
    "progressive": {"progressive": True},
}
NOISE = random.Random(7).randbytes(20_000)
# What cameras and phones write after a picture; markers are within each.
FOLLOWING = {
    "a preview": encoded("JPEG"),
    "a video": b"\0\0\0\x18ftypmp42" + bytes(12) + NOISE,
    "broken tables": b"\xff\xc4\0\x13\xff\xda" + NOISE,
}


@pytest.mark.parametrize("following", FOLLOWING.values(), ids=FOLLOWING)
@pytest.mark.parametrize("options", SCANS.values(), ids=SCANS)
def test_what_follows_a_jpeg_without_its_end_is_left_out(
    tmp_path: Path, options: dict[str, Any], following: bytes
) -> None:
    data = encoded("JPEG", **options)
    expected = seen(tmp_path / "whole", "JPEG", data)
    found = seen(tmp_path / "original", "JPEG", data[:-2] + following)
    assert expected is not None
    assert found is not None
    assert distance(found, expected) == 0


@pytest.mark.parametrize("options", SCANS.values(), ids=SCANS)
def test_a_picture_that_follows_replaces_no_missing_pixels(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    data = encoded("JPEG", **options)
    cut = data[: len(data) * 3 // 4] + FOLLOWING["a preview"]
    assert seen(tmp_path / "original", "JPEG", cut) is None


def test_a_jpeg_that_lacks_its_last_bytes_is_held(tmp_path: Path) -> None:
    data = without_end(b"\xff\0")
    assert seen(tmp_path / "original", "JPEG", data[:-2]) is None


def test_the_decoder_gets_to_the_end_of_fill_bytes_and_of_tables(
    tmp_path: Path,
) -> None:
    """Both took longer than the decoder may."""
    data, table = encoded("JPEG"), b"\xff\xdb\0\x43\0" + b"\1" * 64
    original = tmp_path / "original"
    original.write_bytes(data[:-2] + b"\xff" * 2_000_000)
    assert render(original, tmp_path / "renditions").media_type == "image/jpeg"
    original.write_bytes(data[:2] + table * 50_000 + data[2:])
    with pytest.raises(UnreadableImage):
        render(original, tmp_path / "renditions")
