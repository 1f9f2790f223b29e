"""One Chromium for the tests of a file."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import found_browser

browser = pytest.fixture(scope="module")(found_browser)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    """A tab to show pictures in."""
    return browser.new_page()
