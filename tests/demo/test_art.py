"""The demo's pictures: every style, any format, always the same from a seed."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageStat

from mycenas.demo.art import STYLES, TITLES, as_jpeg, draw, poster

SMALL = (120, 80)


@pytest.mark.parametrize("style", STYLES)
def test_every_style_fills_every_format(style):
    for size in (SMALL, (80, 120), (90, 90)):
        picture = draw(style, 1, size)
        assert (picture.mode, picture.size) == ("RGB", size)
        assert min(ImageStat.Stat(picture.convert("L")).stddev) > 5


@pytest.mark.parametrize("style", STYLES)
def test_seed_decides_every_pixel(style):
    first = draw(style, 5, SMALL).tobytes()
    assert draw(style, 5, SMALL).tobytes() == first
    assert draw(style, 6, SMALL).tobytes() != first


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
    picture = poster(0)
    assert picture.size == (1200, 628)
    assert poster(1).tobytes() != picture.tobytes()
