"""One competition from its first draft to its winner, by everybody who takes part."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.camera import photograph
from tests.journeys import desk
from tests.journeys.people import People
from tests.journeys.stack import Stack, told, until
from tests.journeys.story import ADA, ALICE, BOB, CAROL, DAN, NOOR, Story, picture, step

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.trial]

ATHENS = ZoneInfo("Europe/Athens")
OPENS = datetime(2026, 7, 1, 10, 0, tzinfo=ATHENS)
CLOSES = datetime(2031, 7, 1, 23, 59, tzinfo=ATHENS)
RUBBISH = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 40

MAIN, SHORT = "harbor-light", "half-a-minute"
IN_REVIEW = "Your entry is complete. A moderator looks at it next."
NO_ENTRIES = "This competition does not take entries now."


def photo() -> bytes:
    return photograph(11, size=(2400, 1600), orientation=6)


def other() -> bytes:
    return photograph(12, size=(1200, 1600))


Act = Callable[[Story, Page], None]


# --- the organizer


def carol_drafts(story: Story, page: Page) -> None:
    page.goto("/admin/")
    assert "/accounts/login/" in page.url
    desk.sign_in(page, CAROL)
    expect(page.get_by_role("heading", name="What needs you")).to_be_visible()
    page.get_by_role("link", name="Add", exact=True).nth(1).click()
    draft(page, "Harbor Light", CLOSES)
    assert page.locator("[name=slug]").input_value() == MAIN
    desk.add_row(page, "categories", "Category", name="Photography")
    desk.add_row(page, "categories", "Category", name="Painting")
    page.fill("[name=max_entries]", "2")
    page.fill("[name=max_megabytes]", "8")
    desk.save(page)
    dates = "SELECT opens_at, closes_at FROM competitions_competition WHERE slug = %s"
    assert story.row(dates, MAIN) == (OPENS, CLOSES)
    assert page.locator("[name=closes_at_1]").input_value() == "23:59:00"


def draft(page: Page, title: str, closes_at: datetime) -> None:
    """Fill in what every competition has, its rules and prizes left out."""
    page.select_option("[name=organization]", label="Old Customs House")
    page.locator("[name=title]").press_sequentially(title)
    page.fill("[name=summary]", "What the harbor gives back.")
    page.fill("[name=brief]", "Show **one light** over water.")
    page.fill("[name=time_zone]", "Europe/Athens")
    desk.fill_moment(page, "opens_at", OPENS)
    desk.fill_moment(page, "closes_at", closes_at)


def carol_opens(story: Story, page: Page) -> None:
    lacking = ["It needs rules.", "It needs at least one prize."]
    assert desk.missing(page, "Open") == lacking
    complete(page)
    assert desk.do(page, "Open") == "Done: Open, “Harbor Light”."
    page.goto(f"/competitions/{MAIN}/")
    expect(page.locator(".prose strong")).to_have_text("one light")
    closing = page.locator(f"time[datetime='{CLOSES.isoformat()}']").first
    expect(closing).to_have_text("Tuesday, 1 July 2031, 23:59 (Athens, EEST)")


def complete(page: Page) -> None:
    page.fill("[name=rules]", "1. You made the work yourself.")
    desk.add_row(page, "prizes", "Prize", name="The Beacon", description="A week.")
    desk.save(page)


def carol_drafts_the_short_one(story: Story, page: Page) -> None:
    page.goto("/admin/competitions/competition/add/")
    closes_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=20)
    draft(page, "Half a Minute", closes_at.astimezone(ATHENS))
    complete(page)
    desk.do(page, "Open")
    story.page_of("Noor").goto(f"/competitions/{SHORT}/enter/")


def carol_stops_entries(story: Story, page: Page) -> None:
    open_competition(page, "Harbor Light")
    assert not offered(page, "Close")
    desk.do(page, "Stop entries now", reason="The hall is full.")
    assert story.state(MAIN) == "moderation"
    assert desk.missing(page, "Close") == [
        "2 entries wait for a decision.",
        "1 entry is held: its file has a problem.",
    ]
    assert story.state(MAIN) == "moderation"


def offered(page: Page, verb: str) -> bool:
    tools = page.locator(".object-tools")
    return tools.get_by_role("link", name=verb, exact=True).count() > 0


def open_competition(page: Page, title: str) -> None:
    page.goto("/admin/competitions/competition/")
    desk.press(page.get_by_role("link", name=title, exact=True))


def carol_announces(story: Story, page: Page) -> None:
    open_competition(page, "Harbor Light")
    desk.do(page, "Close")
    unannounced = desk.missing(page, "Announce the winners")
    assert unannounced == ["No prize is given yet. Give one to an entry."]
    page.goto("/admin/submissions/submission/?queue=approved&q=Last+ferry")
    page.get_by_role("link", name="Last ferry").click()
    page.get_by_role("link", name="Give a prize").click()
    page.select_option("[name=prize]", label="The Beacon")
    page.fill("[name=citation]", "It waits with you.")
    page.get_by_role("button", name="Give a prize").click()
    assert desk.message(page, ".success") == "Done: Give a prize, “Last ferry”."
    open_competition(page, "Harbor Light")
    desk.do(page, "Announce the winners")
    assert story.state(MAIN) == "winner_announced"


# --- the artists


def alice_signs_up(story: Story, page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Harbor Light", exact=True).click()
    page.get_by_role("link", name="Enter your work").click()
    page.get_by_role("main").get_by_role("link", name="Create an account").click()
    page.get_by_label("Your name").fill("Alice Ferro")
    page.get_by_label("E-mail address").fill(ALICE)
    page.get_by_label("Password", exact=True).fill("salt-and-a-slow-boat")
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/accounts/confirm-email/")
    (mail,) = until("the mail with the code", lambda: story.stack.mails(ALICE))
    page.get_by_label("Code").fill(code_in(told(mail)))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Enter your work")).to_be_visible()


def code_in(text: str) -> str:
    (code,) = re.findall(r"^\s*([A-Z0-9-]{6,})\s*$", text, re.MULTILINE)
    return str(code)


def alice_enters(story: Story, page: Page) -> None:
    page.get_by_label("Picture").set_input_files(picture("last ferry.jpg", photo()))
    expect(page.locator("[data-enter-verdict]")).to_contain_text("within the limit")
    page.get_by_label("Title").fill("Last ferry")
    page.get_by_label("Category").select_option(label="Photography")
    page.get_by_label("Description").fill("Taken from the pier at noon.")
    page.get_by_label("Alternative text").fill("A ferry under a low white sky.")
    page.get_by_label("I made this work").check()
    page.get_by_role("button", name="Send my entry").click()
    page.wait_for_url("**/receipts/*/")
    story.tokens["ferry"] = token = page.url.split("/")[-2]
    page.evaluate("window.neverLoadedAgain = true")
    record = page.locator(".receipt-record")
    expect(record).to_contain_text(f"{len(photo()):,} bytes")
    shown = re.sub(r"\s", "", record.inner_text())
    assert hashlib.sha256(photo()).hexdigest() in shown
    expect(page.locator(".receipt-address")).to_contain_text(f"/receipts/{token}/")
    (arrived,) = story.row(
        "SELECT arrived_at FROM submissions_submission WHERE token = %s", token
    )
    at = arrived.astimezone(UTC).isoformat(timespec="seconds")
    expect(record.locator(f"time[datetime='{at}']")).to_be_visible()


def alice_waits(story: Story, page: Page) -> None:
    expect(page.locator(".receipt-outcome")).to_have_text(IN_REVIEW, timeout=30_000)
    expect(page.locator(".receipt-picture img")).to_be_visible()
    expect(page).to_have_title(re.compile("in review"))
    assert page.evaluate("window.neverLoadedAgain") is True


def noor_enters(story: Story, page: Page) -> None:
    page.goto(f"/competitions/{MAIN}/enter/")
    desk.sign_in(page, NOOR)
    send(page, "Crane", other(), category="painting")
    page.wait_for_url("**/receipts/*/")
    story.tokens["crane"] = page.url.split("/")[-2]
    outcome = page.locator(".receipt-outcome")
    until("the check is over", lambda: check_again(page))
    expect(outcome).to_have_text(IN_REVIEW)


def check_again(page: Page) -> bool:
    """Follow the link that stands in for JavaScript."""
    page.get_by_role("link", name="Check again").click()
    return page.locator(".receipt-outcome").inner_text() == IN_REVIEW


def send(page: Page, title: str, data: bytes, category: str = "") -> None:
    page.get_by_label("Picture").set_input_files(picture(f"{title}.jpg", data))
    page.get_by_label("Title").fill(title)
    if category:
        page.get_by_label("Category").select_option(category)
    page.get_by_label("I made this work").check()
    page.get_by_role("button", name="Send my entry").click()


def alice_sends_rubbish(story: Story, page: Page) -> None:
    page.goto(f"/competitions/{MAIN}/enter/")
    expect(page.locator(".limits")).to_contain_text("1 of 2")
    send(page, "Fog", RUBBISH, category="photography")
    page.wait_for_url("**/receipts/*/")
    story.tokens["fog"] = page.url.split("/")[-2]
    outcome = page.locator(".receipt-outcome")
    problem = "Your file is kept, but it has a problem."
    expect(outcome).to_have_text(problem, timeout=30_000)
    reason = page.locator(".receipt-reason")
    expect(reason).to_contain_text("damaged or cut off and cannot be read to its end")


def noor_is_too_late(story: Story, page: Page) -> None:
    late = "SELECT closes_at < now() FROM competitions_competition WHERE slug = %s"
    until("the deadline", lambda: story.row(late, SHORT)[0])
    send(page, "Too late", other())
    expect(page.get_by_role("main")).to_contain_text(NO_ENTRIES)
    expect(page.get_by_role("heading", name="Your words are not saved")).to_be_visible()
    until("moderation", lambda: story.state(SHORT) == "moderation")
    page.goto(f"/competitions/{SHORT}/")
    expect(page.locator(".badge")).to_have_text("being judged")
    entries = (
        "SELECT count(*) FROM submissions_submission s"
        " JOIN competitions_competition c ON c.id = competition_id WHERE c.slug = %s"
    )
    assert story.row(entries, SHORT) == (0,)


# --- the moderator


def bob_decides(story: Story, page: Page) -> None:
    key = story.row("SELECT id FROM competitions_competition WHERE slug = %s", MAIN)
    page.goto(f"/admin/submissions/submission/?competition__id__exact={key[0]}")
    desk.sign_in(page, BOB)
    thumbnails = page.locator("#result_list img")
    expect(thumbnails).to_have_count(2)
    for thumbnail in thumbnails.all():
        thumbnail.scroll_into_view_if_needed()
        expect(thumbnail).to_have_js_property("complete", value=True)
        assert thumbnail.evaluate("picture => picture.naturalWidth") > 0
    page.get_by_role("link", name="Last ferry").click()
    desk.do(page, "Approve")
    page.goto("/admin/submissions/submission/?q=Crane")
    page.locator("tr", has_text="Crane").get_by_role("checkbox").check()
    page.select_option("[name=action]", label="Reject")
    page.get_by_role("button", name="Go").click()
    desk.give_reason(page, "There is no light over water.")
    page.get_by_role("button", name="Read the mails").click()
    expect(page.locator(".letter-text")).to_contain_text("no light over water")
    page.get_by_role("button", name="Reject", exact=True).click()
    assert desk.message(page, ".success") == "Done: Reject, 1 of 1."
    page.goto("/admin/submissions/submission/?queue=quarantined&q=Fog")
    page.get_by_role("link", name="Fog").click()
    desk.reject(page, note="The file shows nothing.")
    states = {name: story.stack.state_of(token) for name, token in story.tokens.items()}
    assert states == {"ferry": "approved", "crane": "rejected", "fog": "rejected"}


def artists_get_mail(story: Story, page: Page) -> None:
    for to, token, *words in (
        (ALICE, "ferry", "Received: “Last ferry” for Harbor Light", "It is safe"),
        (ALICE, "ferry", "Accepted: “Last ferry” for Harbor Light", "The gallery"),
        (ALICE, "fog", "Held: “Fog” for Harbor Light", "damaged or cut off"),
        (ALICE, "fog", "Decided: “Fog” for Harbor Light", "The file shows nothing."),
        (NOOR, "crane", "Decided: “Crane” for Harbor Light", "no light over water"),
    ):
        mail = story.mail(to, words[0])
        receipt = f"{story.stack.base_url}/receipts/{story.tokens[token]}/"
        assert receipt in mail
        assert words[1] in mail


# --- the sponsor


def carol_places_dans_campaign(story: Story, page: Page) -> None:
    page.goto("/admin/campaigns/campaign/add/")
    page.select_option("[name=competition]", label="Harbor Light")
    desk.press(page.get_by_role("button", name="Continue"))
    page.select_option("[name=sponsor]", label="Dan Halden")
    page.fill("[name=name]", "Rope and tar")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    desk.fill_moment(page, "starts_at", tomorrow)
    desk.fill_moment(page, "ends_at", tomorrow + timedelta(days=1))
    page.locator("[name=new_picture]").set_input_files(picture("rope.jpg", other()))
    page.fill("[name=alt_text]", "A coil of new rope.")
    page.fill("[name=headline]", "Rope that holds.")
    page.fill("[name=target_url]", f"{story.stack.base_url}/?from=rope")
    desk.save(page)
    schedule(story, page)
    visitor = story.new_page()
    visitor.goto(f"/competitions/{MAIN}/")
    expect(visitor.get_by_text("Advertisement")).to_have_count(0)
    desk.do(page, "Back to draft")
    desk.fill_moment(page, "starts_at", tomorrow - timedelta(days=2))
    desk.save(page)
    schedule(story, page)
    visitor_follows_it(story, visitor)


def schedule(story: Story, page: Page) -> None:
    """Carol made it, so Ada approves it."""
    assert not offered(page, "Schedule")
    assert not offered(page, "Approve")
    expect(page.get_by_text("Ask another organizer to approve it.")).to_be_visible()
    ada = story.page_of("Ada")
    ada.goto(page.url)
    if "/accounts/login/" in ada.url:
        desk.sign_in(ada, ADA)
    desk.do(ada, "Approve")
    page.reload()
    desk.do(page, "Schedule")


def visitor_follows_it(story: Story, page: Page) -> None:
    page.goto(f"/competitions/{MAIN}/")
    slot = page.get_by_role("region", name="Advertisement")
    expect(slot).to_contain_text("Supported by")
    expect(slot.get_by_role("img", name="A coil of new rope.")).to_be_visible()
    until("the showing is counted", lambda: numbers(story) == (1, 0))
    slot.get_by_role("link", name="Rope that holds.").click()
    page.wait_for_url("**/?from=rope")
    assert numbers(story) == (1, 1)


def numbers(story: Story) -> tuple[int, int]:
    """Rows of showings and clicks."""
    counts: tuple[int, int] = story.row(
        "SELECT count(*), count(clicked_at) FROM campaigns_impression i"
        " JOIN campaigns_campaign c ON c.id = i.campaign_id AND c.name = %s"
        " LEFT JOIN campaigns_click k ON k.impression_id = i.id",
        "Rope and tar",
    )
    return counts


def dan_reads_his_numbers(story: Story, page: Page) -> None:
    page.goto("/campaigns/")
    desk.sign_in(page, DAN)
    row = page.locator("tr", has_text="Rope and tar")
    expect(row.locator(".number")).to_have_text(["1", "0", "1", "0"])


# --- everybody


def visitor_looks(story: Story, page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Harbor Light", exact=True).click()
    winners = page.get_by_role("region", name="The winners")
    expect(winners).to_contain_text("The Beacon")
    expect(winners).to_contain_text("It waits with you.")
    page.get_by_role("link", name="See the gallery").click()
    hall = page.get_by_role("region", name="Entries")
    expect(
        hall.get_by_role("img", name="A ferry under a low white sky.")
    ).to_be_visible()
    hall.get_by_role("link", name="Last ferry").click()
    expect(page.get_by_role("heading", name="Last ferry")).to_be_visible()
    until("the view is counted", lambda: rows_about_ferry(story, "view") == 1)
    page.reload()
    expect(page.locator(".facts")).to_contain_text("1 visitor")
    assert rows_about_ferry(story, "view") == 1


def rows_about_ferry(story: Story, table: str) -> int:
    """How many views or likes the entry has."""
    query = (
        f"SELECT count(*) FROM interactions_{table} i JOIN submissions_submission s"
        " ON s.id = i.submission_id WHERE token = %s"
    )
    return int(story.row(query, story.tokens["ferry"])[0])


def dan_likes(story: Story, page: Page) -> None:
    page.goto(f"/competitions/{MAIN}/gallery/")
    page.locator(".entry-link", has_text="Last ferry").click()
    button, count = page.locator("#like-button"), page.locator(".like-count")
    for pressed, shown, number in (
        ("true", "1 like", 1),
        ("false", "0 likes", 0),
        ("true", "1 like", 1),
    ):
        button.click()
        expect(count).to_have_text(shown)
        expect(button).to_have_attribute("aria-pressed", pressed)
        assert rows_about_ferry(story, "like") == number


def pictures_are_clean(story: Story, page: Page) -> None:
    query = "SELECT public_id FROM submissions_submission WHERE token = %s"
    (public_id,) = story.row(query, story.tokens["ferry"])
    for width in (1920, 960, 320):
        answer = page.request.get(f"/entries/{public_id}/{width}.webp")
        data = answer.body()
        assert answer.headers["content-type"] == "image/webp"
        assert not Image.open(io.BytesIO(data)).getexif()
        for secret in (b"EXIF", b"Exif", b"GPS", b"SERIAL", b"Mycenas Optics", b"XMP"):
            assert secret not in data
    assert story.stack.original_of(story.tokens["ferry"]) == photo()


def nobody_reopens(story: Story, page: Page) -> None:
    reopen = "UPDATE competitions_competition SET state = 'open' WHERE slug = %s"
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        story.stack.sql(reopen, MAIN)
    assert refused.value.sqlstate == "23514"
    open_competition(page, "Harbor Light")
    expect(page.locator(".object-tools a")).to_have_text(
        ["People", "Overview", "Copy", "History", "View on site"]
    )
    here = page.url
    for verb, words in (
        ("open", "The deadline"),
        ("begin-moderation", "cannot go from “winners announced” to “moderation”"),
        ("close", "cannot go from “winners announced” to “closed”"),
    ):
        desk.post_by_hand(page, here.replace("/change/", f"/do/{verb}/"))
        page.goto(here)
        assert words in desk.message(page, ".error")
    assert story.state(MAIN) == "winner_announced"


ACTS: tuple[tuple[str, Act], ...] = (
    ("Carol: drafts a competition with dates in Athens", carol_drafts),
    ("Carol: is told what it lacks, adds it and opens", carol_opens),
    ("Alice: signs up with the code from her mail", alice_signs_up),
    ("Alice: enters a photograph and holds a receipt", alice_enters),
    ("Alice: sees the receipt follow along by itself", alice_waits),
    ("Noor: does the same without JavaScript", noor_enters),
    ("Alice: sends a file that cannot be read, and learns why", alice_sends_rubbish),
    ("Carol: drafts one that closes in a moment", carol_drafts_the_short_one),
    ("Carol: places Dan's campaign in its window", carol_places_dans_campaign),
    ("Dan: reads his numbers", dan_reads_his_numbers),
    ("Noor: is too late for what goes on by itself", noor_is_too_late),
    ("Carol: stops entries, but cannot close yet", carol_stops_entries),
    ("Bob: looks at the queue, accepts one, turns two down", bob_decides),
    ("Alice: is told by mail, and so is Noor", artists_get_mail),
    ("Carol: closes, gives the prize and announces it", carol_announces),
    ("Visitor: sees the winner and is counted once", visitor_looks),
    ("Dan: likes it, and changes his mind twice", dan_likes),
    ("Eve: finds nothing of Alice's place in the pictures", pictures_are_clean),
    ("Carol: cannot open it again, by SQL or at the desk", nobody_reopens),
)


def test_from_draft_to_winner(browser: Browser, stack: Stack, people: People) -> None:
    with closing(Story(browser, stack)) as story:
        for title, act in ACTS:
            with step(title):
                act(story, story.page_of(title.partition(":")[0]))
        assert story.complaints == []
