"""The panel of a file on its way: for everybody, on phone and desktop, dark or not."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.browser import (
    DESKTOP,
    NARROWEST,
    PHONE,
    axe_source,
    too_wide,
    violations,
)
from tests.protocol.tus.browsing import (
    MEBIBYTE,
    Line,
    fill,
    needs_chromium,
    send,
    wait_for_bytes,
    work,
)

pytestmark = [*needs_chromium, pytest.mark.trial, pytest.mark.soak]
BYTES = ("PATCH", "/uploads/")


def seen(page, state):
    """What is wrong with the page as it is now, in every look of it."""
    axe = axe_source() or pytest.skip("needs axe-core; set AXE_PATH")
    found = []
    for scheme in ("light", "dark"):
        for size in (PHONE, DESKTOP, NARROWEST):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            where = f"{state}, {size['width']} px, {scheme}"
            found += [f"{where}: {line}" for line in violations(page, axe)]
            found += [f"{where}: {line} is too wide" for line in too_wide(page)]
    return found


def test_a_file_on_its_way_is_for_everybody(served, enter, tmp_path):
    path, _data = work(tmp_path)

    def steps(page):
        fill(page, path)
        line = Line(page)
        line.limit(MEBIBYTE)
        send(page)
        wait_for_bytes(page)
        page.get_by_text(" a second, about ").wait_for()
        page.get_by_role("button", name="Pause").click()
        page.get_by_text("a second").wait_for(state="detached")
        found = seen(page, "paused")
        page.get_by_role("button", name="Cancel", exact=True).click()
        page.get_by_role("dialog").wait_for()
        found += seen(page, "asked")
        page.keyboard.press("Escape")
        served.crowd.refuse(*BYTES, (503, 3600))
        line.restore()
        page.get_by_role("button", name="Go on").click()
        page.get_by_text("Again in").wait_for()
        return found + seen(page, "waiting")

    found, _complaints = enter(steps)
    assert found == []


def test_the_bar_is_seen_in_forced_colors(enter, tmp_path):
    path, _data = work(tmp_path)

    def steps(page):
        fill(page, path)
        line = Line(page)
        line.limit(MEBIBYTE)
        send(page)
        wait_for_bytes(page)
        page.get_by_role("button", name="Pause").click()
        return page.get_by_role("progressbar").screenshot()

    shot, _complaints = enter(steps, forced_colors="active", reduced_motion="reduce")
    colors = Image.open(io.BytesIO(shot)).convert("RGB").getcolors(10_000)
    assert colors
    # The frame, the part that is done and the part that is not.
    assert len([count for count, _color in colors if count > 500]) >= 3
