"""What people and programs send by mistake or on purpose, over real sockets."""

from __future__ import annotations

import hashlib
import html
import io
import secrets
import struct
import zlib
from collections.abc import Callable

import httpx
import pytest
from PIL import Image

from tests.camera import photograph
from tests.journeys.client import Participant
from tests.journeys.stack import Stack

pytestmark = pytest.mark.stack

ROOM = "wide-open"
HTML = {"Accept": "text/html"}
PAGE = b"<!doctype html><title>Not a picture</title>" + bytes(200)

Someone = Callable[[], Participant]


@pytest.fixture(scope="module")
def photo() -> bytes:
    return photograph(5, size=(640, 480))


@pytest.fixture
def alice(someone: Someone) -> Participant:
    return someone()


def problem(answer: httpx.Response, status: int, code: str) -> str:
    """Check a problem document; what it says to people."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert (told["type"], told["status"]) == (f"urn:mycenas:problem:{code}", status)
    return str(told["detail"])


def gif() -> bytes:
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, "GIF")
    return out.getvalue()


def png(width: int, height: int) -> bytes:
    """A PNG that claims these measures and has next to no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(64))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels


# --- the file


WRONG_FILES = {
    "none": (None, "a.jpg", "invalid_entry", "Choose a picture"),
    "empty": (b"", "a.jpg", "empty_file", "0 bytes"),
    "page named jpg": (PAGE, "a.jpg", "invalid_entry", "“a.jpg” is not a JPEG, PNG"),
    "gif": (gif(), "a.gif", "invalid_entry", "“a.gif” is not a JPEG, PNG or WebP"),
    "too large": (bytes(2_500_000), "a.jpg", "upload_too_large", "limit here is 2.0"),
}


@pytest.mark.parametrize("name", WRONG_FILES)
def test_a_wrong_file_is_refused_with_its_reason(alice: Participant, name: str) -> None:
    data, file_name, code, words = WRONG_FILES[name]
    status = 413 if code == "upload_too_large" else 422
    answer = alice.enter(ROOM, data, file_name)
    assert words in problem(answer, status, code).replace("\xa0", " ")
    parts = alice.parts(data, file_name, title="Kept words")
    page = alice.send(ROOM, parts, HTML)
    if page.status_code == 303:
        page = alice.client.get(page.headers["Location"])
    text = html.unescape(page.text).replace("\xa0", " ")
    assert words in text
    assert 'value="Kept words"' in text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"\xff\xd8\xff\xe0" + bytes(999), "damaged", id="rubbish"),
        pytest.param(png(0, 0), "0 by 0 pixels", id="no pixels"),
        pytest.param(png(60_000, 60_000), "3600000000 pixels", id="enormous"),
    ],
)
def test_what_cannot_be_shown_is_kept_and_explained(
    alice: Participant, stack: Stack, data: bytes, words: str
) -> None:
    token = alice.token(ROOM, data)
    facts = alice.checked(token)
    assert facts["state"] == "quarantined"
    assert words in facts["fault"]
    assert words in alice.client.get(f"/receipts/{token}/").text
    assert stack.original_of(token) == data


# --- the body


def test_a_body_that_breaks_off_is_not_an_entry_and_can_be_sent_again(
    alice: Participant, stack: Stack, photo: bytes
) -> None:
    parts = alice.parts(photo, idempotency_key="the-same-again")
    kind, body = alice.body(ROOM, parts)
    half = body[: len(body) // 2]
    assert alice.raw(ROOM, kind, half, declared=len(body), hang_up=True) is None
    answer = alice.send(ROOM, parts)
    assert answer.status_code == 202
    assert answer.json()["sha256"] == hashlib.sha256(photo).hexdigest()
    count = "SELECT count(*) FROM submissions_submission WHERE idempotency_key = %s"
    assert stack.sql(count, "the-same-again") == [(1,)]


@pytest.mark.parametrize("declared", [1, -10], ids=["shorter", "longer"])
def test_a_body_of_another_length_than_declared_is_not_an_entry(
    alice: Participant, stack: Stack, photo: bytes, declared: int
) -> None:
    key = secrets.token_hex(16)
    kind, body = alice.body(ROOM, alice.parts(photo, idempotency_key=key))
    answer = alice.raw(
        ROOM, kind, body, declared=len(body) + declared, hang_up=declared > 0
    )
    assert answer is None or answer.status == 400
    received = (
        "SELECT count(*) FROM submissions_submission"
        " WHERE idempotency_key = %s AND received_at IS NOT NULL"
    )
    assert stack.sql(received, key) == [(0,)]


# --- the words


def test_a_far_too_long_title_is_refused_with_both_numbers(
    alice: Participant, photo: bytes
) -> None:
    answer = alice.enter(ROOM, photo, title="x" * 10_000)
    detail = problem(answer, 422, "invalid_entry")
    assert "at most 160 characters; this one has 10000" in detail


def test_names_from_right_to_left_and_emoji_stay_as_they_are(
    alice: Participant, stack: Stack, photo: bytes
) -> None:
    title, name = "שקיעה 🌅 فوق البحر", "صورة 🌅 שלי.jpg"
    token = alice.enter(ROOM, photo, name, title=title).json()["token"]
    assert f"<bdi>{title}</bdi>" in alice.client.get(f"/receipts/{token}/").text
    query = "SELECT title, original_name FROM submissions_submission WHERE token = %s"
    assert stack.sql(query, token) == [(title, name)]


def test_markup_in_words_is_only_words(alice: Participant, photo: bytes) -> None:
    title = "<script>alert(1)</script>"
    token = alice.token(ROOM, photo, title=title)
    page = alice.client.get(f"/receipts/{token}/").text
    assert title not in page
    assert html.escape(title) in page


def test_the_rules_must_be_accepted(alice: Participant, photo: bytes) -> None:
    answer = alice.enter(ROOM, photo, accept_rules="")
    assert problem(answer, 422, "invalid_entry") == "Accept the rules to enter."


def test_the_file_must_come_last(alice: Participant, photo: bytes) -> None:
    secret, *words = alice.parts(photo)
    answer = alice.send(ROOM, [secret, *reversed(words)])
    assert "Send the file last" in problem(answer, 400, "fields_after_file")


# --- when and how often


@pytest.mark.parametrize("slug", ["stopped", "cancelled"])
def test_a_competition_that_takes_no_entries_says_so(
    alice: Participant, photo: bytes, slug: str
) -> None:
    code = "submission_competition_takes_entries"
    answer = alice.send(slug, alice.parts(photo))
    assert "does not take entries now" in problem(answer, 409, code)
    page = alice.send(slug, alice.parts(photo), HTML)
    assert page.status_code == 409
    assert "does not take entries now" in page.text


def test_the_limit_per_person_is_kept(alice: Participant, photo: bytes) -> None:
    alice.token("one-each", photo)
    detail = problem(alice.enter("one-each", photo), 409, "submission_within_limit")
    assert "Withdraw one to enter another" in detail


def test_the_same_form_twice_is_one_entry(
    alice: Participant, stack: Stack, photo: bytes
) -> None:
    key = secrets.token_hex(16)
    first = alice.enter(ROOM, photo, idempotency_key=key)
    again = alice.enter(ROOM, photo, idempotency_key=key)
    facts = ("token", "arrived_at", "sha256", "size")
    assert again.status_code == 202
    assert [again.json()[one] for one in facts] == [first.json()[one] for one in facts]
    other = alice.enter(ROOM, photo + b"!", idempotency_key=key)
    assert "Another file was received" in problem(other, 422, "idempotency_key_reused")
    assert stack.original_of(first.json()["token"]) == photo


def test_who_sends_too_fast_keeps_the_words_and_hears_when_to_go_on(
    alice: Participant,
) -> None:
    def hurry() -> httpx.Response:
        parts = alice.parts(b"no picture", title="Typed with care")
        return alice.send(ROOM, parts, HTML)

    def refused() -> tuple[httpx.Response, httpx.Response]:
        """Thirty a minute, whenever the minute begins: as a page and for programs."""
        page = next(page for _ in range(70) if (page := hurry()).status_code == 429)
        return page, alice.enter(ROOM, b"no picture")

    page, answer = refused()
    if answer.status_code != 429:
        # The minute ended between the two; the next one lasts.
        page, answer = refused()
    assert 'value="Typed with care"' in page.text
    assert 1 <= int(page.headers["Retry-After"]) <= 60
    assert "more than 30 MB" in problem(answer, 429, "too_fast")


# --- what belongs to others


def test_a_stranger_finds_no_way_to_withdraw_on_a_receipt(
    someone: Someone, alice: Participant, photo: bytes
) -> None:
    token, eve = alice.token(ROOM, photo), someone()
    for path in ("", "status/"):
        page = eve.client.get(f"/receipts/{token}/{path}")
        assert page.status_code == 200
        assert "withdraw" not in page.text
    assert eve.client.get(f"/receipts/{token}/withdraw/").status_code == 404


@pytest.mark.parametrize(
    "token", ["short", "x" * 33, "%00" * 32, "..%2Fadmin", "é" * 32]
)
def test_what_is_no_token_is_not_found(alice: Participant, token: str) -> None:
    assert alice.client.get(f"/receipts/{token}/").status_code == 404


def test_who_is_not_signed_in_is_asked_to(stack: Stack, photo: bytes) -> None:
    with httpx.Client(base_url=stack.base_url) as visitor:
        address = f"/competitions/{ROOM}/enter/"
        page = visitor.get(address)
        assert page.status_code == 303
        assert page.headers["Location"] == f"/accounts/login/?next={address}"
        problem(
            visitor.get(address, headers={"Accept": "application/json"}), 401, "sign_in"
        )
