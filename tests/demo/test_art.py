"""The demo's pictures: every style, any format, always the same from a seed."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageStat

from mycenas.demo.art import STYLES, TITLES, as_jpeg, draw, poster

SMALL = (120, 80)


@pytest.mark.parametrize("style", STYLES)
def test_a_style_fills_every_format_and_its_seed_decides_every_pixel(style):
    first, again, other = (draw(style, seed, SMALL) for seed in (5, 5, 6))
    upright = draw(style, 7, (80, 120))
    assert first.tobytes() == again.tobytes() != other.tobytes()
    for picture, size in ((first, SMALL), (upright, (80, 120))):
        assert (picture.mode, picture.size) == ("RGB", size)
        assert min(ImageStat.Stat(picture.convert("L")).stddev) > 5


def test_styles_are_many_and_named():
    assert len(STYLES) >= 8
    assert set(TITLES) == set(STYLES)
    names = [title.title for titles in TITLES.values() for title in titles]
    assert len(names) == len(set(names))
    for titles in TITLES.values():
        assert len(titles) >= 3
        assert all(title.description and title.alt_text for title in titles)


def test_unknown_style():
    with pytest.raises(KeyError):
        draw("oil", 1, SMALL)


def test_jpeg_names_title_and_artist():
    data = as_jpeg(draw("weave", 2, SMALL), title="No Knot", artist="Ada Lind")
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.size) == ("JPEG", SMALL)
        exif = image.getexif()
    assert (exif[0x010E], exif[0x013B]) == ("No Knot", "Ada Lind")


def test_poster_fits_a_placement():
    assert poster(1).size == (1200, 628)
