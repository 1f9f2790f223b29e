"""Pages of a jury pack in a browser, opened from a folder as a juror does."""

from __future__ import annotations

import io

import pytest
from django.template.loader import render_to_string
from PIL import Image
from playwright.sync_api import Browser

from mycenas.staff.exports.kinds import Exhibit
from mycenas.staff.exports.packs import Page
from tests.browser import (
    DESKTOP,
    PHONE,
    Witness,
    axe_source,
    found_browser,
    too_wide,
    violations,
)

pytestmark = pytest.mark.browser
browser = pytest.fixture(scope="module")(found_browser)

TEXT = "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"
ONE = Exhibit(TEXT, "Painting", f"{TEXT}\nTwo lines.", TEXT, "one", 1, 1920, 1280)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pictures").mkdir()
    data = io.BytesIO()
    Image.new("RGB", (1920, 1280), "teal").save(data, "webp")
    (tmp_path / "pictures" / "0001.webp").write_bytes(data.getvalue())
    page = Page("page-0001.html", 1, 3)
    exhibits = [
        {"number": 1, "exhibit": ONE, "picture": "pictures/0001.webp"},
        {"number": 2, "exhibit": ONE, "picture": ""},
        {"number": 3, "exhibit": None, "picture": ""},
    ]
    common = {"of": "Light & Shadow", "page": page, "style": "style.css"}
    for name, more in (
        ("page-0001.html", {"exhibits": exhibits}),
        ("index.html", {"pages": [page]}),
    ):
        text = render_to_string("admin/exports/pack.html", {**common, **more})
        (tmp_path / name).write_text(text)
    style = render_to_string("admin/exports/pack.css")
    (tmp_path / "style.css").write_text(style)
    return tmp_path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_page_shows_its_pictures_and_runs_nothing(
    browser: Browser, folder, size, scheme
):
    context = browser.new_context(viewport=size, color_scheme=scheme)
    witness, tab = Witness(context), context.new_page()
    tab.goto((folder / "index.html").as_uri())
    tab.click("text=1–3")
    assert tab.title() == "Light & Shadow: 1–3"
    picture = tab.locator("img")
    assert picture.evaluate("one => one.decode().then(() => one.naturalWidth)") == 1920
    assert tab.evaluate("getComputedStyle(document.body).maxWidth") == "960px"
    assert tab.evaluate("window.ran") is None
    assert tab.locator("article").count() == 3
    assert too_wide(tab) == []
    if axe := axe_source():
        assert violations(tab, axe) == []
    assert witness.complaints == []
    context.close()
