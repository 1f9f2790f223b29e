"""Checking a receipt in a browser: by whom, when, and whether it is this file."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mycenas.accounts.models import Membership, Role
from submissions.gallery import ledger
from submissions.models import Submission
from tests.browser import DESKTOP, NARROWEST, PHONE, axe_source, too_wide, violations
from tests.protocol.tus.browsing import needs_chromium

pytestmark = [*needs_chromium, pytest.mark.trial]
# A part of the picture that no request may carry.
MARK = b"the-picture-stays-at-home"


@pytest.fixture
def proof(ada, new, picture, tmp_path):
    """A received picture and its signed receipt, as files."""
    data = picture[:5000] + MARK + picture[5000:]
    path = new(len(data))
    ada.patch(path, data, 0)
    receipt = ada.ask("GET", f"{Submission.objects.get().receipt_url}receipt.jws")
    assert receipt.status == 200
    files = {
        name: tmp_path / name for name in ("a.jws", "forged.jws", "a.jpg", "b.jpg")
    }
    files["a.jws"].write_bytes(receipt.body)
    head, middle, rest = receipt.body.decode().partition(".")
    other = "A" if rest[9] != "A" else "B"
    files["forged.jws"].write_text(f"{head}{middle}{rest[:9]}{other}{rest[10:]}")
    files["a.jpg"].write_bytes(data)
    files["b.jpg"].write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    return files


def found_by_axe(page, state):
    axe = axe_source()
    if axe is None:
        return []
    found = []
    for scheme in ("light", "dark"):
        for size in (PHONE, DESKTOP, NARROWEST):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            where = f"{state}, {size['width']} px, {scheme}"
            found += [f"{where}: {line}" for line in violations(page, axe)]
            found += [f"{where}: {line} is too wide" for line in too_wide(page)]
    return found


def hand_in(page, receipt):
    page.get_by_label("Receipt file").set_input_files(receipt)
    page.get_by_role("button", name="Check it").click()
    page.locator(".verdict").wait_for()


def test_a_receipt_and_its_file_are_checked_without_sending_the_file(
    browser, ada, proof
):
    entry = Submission.objects.get()

    def steps(page):
        hand_in(page, proof["a.jws"])
        assert page.get_by_text("This receipt is valid.").is_visible()
        told = page.locator("main").inner_text()
        for fact in (entry.sha256, entry.public_id, "It was signed by"):
            assert fact in told
        assert entry.title not in told
        sent = []
        page.context.on("request", lambda request: sent.append(request))
        page.locator("#picture").set_input_files(proof["a.jpg"])
        page.get_by_text("Yes. a.jpg is the file that was entered.").wait_for()
        found = found_by_axe(page, "same")
        page.locator("#picture").set_input_files(proof["b.jpg"])
        page.get_by_text("No. b.jpg is another file").wait_for()
        found += found_by_axe(page, "other")
        bodies = [request.post_data_buffer or b"" for request in sent]
        assert [body for body in bodies if body] == []
        return found

    found, complaints = browser.visit(ada, "/verify/", steps)
    assert found == []
    assert complaints == []


def test_one_changed_byte_makes_a_receipt_invalid(browser, ada, proof):
    def steps(page):
        hand_in(page, proof["forged.jws"])
        assert page.get_by_text("This receipt is not valid.").is_visible()
        assert page.locator("#picture").count() == 0
        return found_by_axe(page, "forged")

    found, _complaints = browser.visit(ada, "/verify/", steps)
    assert found == []


def test_a_receipt_may_be_dropped_on_the_form(browser, ada, proof):
    def steps(page):
        text = proof["a.jws"].read_text()
        transfer = page.evaluate_handle(
            """(text) => {
              const transfer = new DataTransfer();
              transfer.items.add(new File([text], "a.jws"));
              return transfer;
            }""",
            text,
        )
        page.dispatch_event("form[data-verify]", "drop", {"dataTransfer": transfer})
        page.get_by_role("button", name="Check it").click()
        page.get_by_text("This receipt is valid.").wait_for()

    browser.visit(ada, "/verify/", steps)


def test_the_receipt_page_offers_its_proofs_to_everybody(browser, ada, proof):
    def steps(page):
        assert page.get_by_role("link", name="Download the signed receipt").is_visible()
        assert page.locator(".proof-code svg").is_visible()
        assert page.get_by_role("link", name="calendar").is_visible()
        with page.expect_download() as calendar:
            page.get_by_role("link", name="calendar").click()
        assert b"BEGIN:VEVENT" in calendar.value.path().read_bytes()
        return found_by_axe(page, "receipt")

    place = Submission.objects.get().receipt_url
    found, complaints = browser.visit(ada, place, steps)
    assert found == []
    assert complaints == []


def test_what_waits_too_long_is_flagged_for_staff(
    browser, ada, proof, competition, monkeypatch
):
    monkeypatch.setattr(ledger, "STALLED_AFTER", timedelta(0))
    ada.user.is_staff = True
    ada.user.save()
    Membership.objects.create(
        user=ada.user, organization=competition.organization, role=Role.MODERATOR
    )

    def steps(page):
        page.get_by_text("For staff: 1 entry has waited longer than").wait_for()
        return found_by_axe(page, "books")

    place = f"/competitions/{competition.slug}/books/"
    found, _complaints = browser.visit(ada, place, steps)
    assert found == []
