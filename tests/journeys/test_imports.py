"""Rows of a file are previewed, corrected and imported, with and without scripts."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.browser import DESKTOP, NARROWEST, PHONE, Witness, too_wide
from tests.journeys.people import People
from tests.journeys.stack import Stack
from tests.journeys.test_pages import LOOKS, found_by_axe

pytestmark = [pytest.mark.browser, pytest.mark.stack]

KEY = "SELECT id FROM competitions_competition WHERE slug = 'imports'"
LINES = """
SELECT category.name FROM competitions_category AS category
JOIN competitions_competition AS whole ON whole.id = competition_id
WHERE whole.slug = 'imports' AND category.slug LIKE %s ORDER BY position
"""
LONG = "y" * 121


def file_of(text: str) -> FilePayload:
    return {"name": "rows.csv", "mimeType": "text/csv", "buffer": text.encode()}


@pytest.mark.parametrize("with_scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_file_is_previewed_corrected_and_imported(
    browser: Browser, stack: Stack, people: People, tmp_path: Path, with_scripts: bool
) -> None:
    context = browser.new_context(
        base_url=stack.base_url,
        viewport=DESKTOP,
        java_script_enabled=with_scripts,
        reduced_motion="reduce",
    )
    cookie = {"name": "sessionid", "value": people.staff["organizer@example.org"]}
    context.add_cookies([{**cookie, "url": stack.base_url}])  # type: ignore[typeddict-item]
    witness, page = Witness(context), context.new_page()
    name = "with" if with_scripts else "plain"
    head = f"name,slug\nOil,{name}-oil\n"
    ((key,),) = stack.sql(KEY)
    page.goto(f"/admin/competitions/competition/{key}/import/?kind=categories")
    preview(page, f"{head}{LONG},{name}-long\nInk,{name} ink\n")
    wrong = page.locator("#content .errorlist li")
    expect(page.get_by_role("alert")).to_contain_text("2 rows are wrong")
    # The row, the limit and the value.
    expect(wrong.nth(0)).to_contain_text("Row 3, column “name”:")
    expect(wrong.nth(0)).to_contain_text(
        "At most 120 characters fit here; these are 121."
    )
    expect(wrong.nth(1)).to_contain_text("Row 4, column “slug”:")
    expect(page.get_by_text(f"{name} ink")).to_be_visible()
    expect(page.get_by_role("button", name="Import all rows")).to_have_count(0)
    look(page, tmp_path / "wrong", with_scripts)
    page.get_by_role("link", name="Choose another file").click()
    preview(page, f"{head}Ink,{name}-ink\n")
    expect(page.get_by_text("Nothing is imported yet.")).to_contain_text("2 added")
    look(page, tmp_path / "right", with_scripts)
    assert stack.sql(LINES, f"{name}-%") == []
    page.get_by_role("button", name="Import all rows").click()
    done = page.locator(".messagelist .success")
    expect(done).to_have_text("Imported categories: 2 added.")
    assert stack.sql(LINES, f"{name}-%") == [("Oil",), ("Ink",)]
    assert witness.complaints == []
    context.close()


def preview(page: Page, text: str) -> None:
    expect(page.get_by_label("categories", exact=True)).to_be_checked()
    page.set_input_files("[name=file]", [file_of(text)])
    page.get_by_role("button", name="Show the preview").click()


def look(page: Page, shown: Path, with_scripts: bool) -> None:
    """For everybody, on every screen; pictures to look at in the folder."""
    for size in (NARROWEST, PHONE, DESKTOP):
        page.set_viewport_size(size)
        page.screenshot(path=f"{shown}-{size['width']}.png", full_page=True)
    if with_scripts:
        assert too_wide(page) == []
        assert found_by_axe(page, LOOKS) == []
        page.set_viewport_size(NARROWEST)
        assert too_wide(page) == []
