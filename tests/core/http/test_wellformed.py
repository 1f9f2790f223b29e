"""Requests that cannot be read or stored are refused once, before any page."""

from __future__ import annotations

import pytest
from django.db import DataError
from django.http import HttpResponse, parse_cookie

from mycenas.core.http.middleware import RefusalMiddleware, WellFormedMiddleware
from mycenas.core.http.wellformed import (
    Malformed,
    can_be_parsed,
    is_plain_type,
    read_json,
)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000, '{"a": NaN}', '{"a": 1, "a": 2}', '"\\ud800"', '{"\\u0000": 1}',
        "1" * 5000, "", b"\xff\xfe", '["\\u0000"]',
    ],
    ids=lambda text: ascii(text)[:20],
)  # fmt: skip
def test_json_that_cannot_be_read_is_refused(text):
    with pytest.raises(Malformed):
        read_json(text)


def test_json_is_read():
    assert read_json('{"a": ["\\ud83c\\udf05", 1.5]}') == {"a": ["🌅", 1.5]}


@pytest.mark.parametrize(
    ("kind", "is_plain"),
    [
        ("", True),
        ("text/plain; charset=UTF8", True),
        ('multipart/form-data; boundary="a b"', True),
        ("text/plain; charset=iso-8859-1", False),
        ("text/plain; charset=nonsense", False),
        ("text/plain; charset=hex", False),
        ("text/plain; charset=unicode_escape", False),
        ("text/plain; charset*=utf-8''%00", False),
        ("text/plain; charset*=nonsense''x", False),
    ],
)
def test_types_name_utf_8_or_nothing(kind, is_plain):
    assert is_plain_type(kind) == is_plain


@pytest.mark.parametrize(
    "address", ["http://[", "\\\\[", "http://[::1", "https://\u2100/"]
)
def test_addresses_without_parts(address):
    assert not can_be_parsed(address)


@pytest.mark.parametrize("address", ["", "/me/?a=[", "https://example.org:1/", "//x"])
def test_addresses_with_parts(address):
    assert can_be_parsed(address)


def ask(rf, request):
    """The request as a page gets it, or the refusal."""
    seen = []

    def page(asked):
        seen.append(asked)
        return HttpResponse()

    refusal = WellFormedMiddleware(page)(request)
    return seen[0] if seen else refusal


@pytest.mark.parametrize("path", ["/?a=%00", "/?%00=a"])
def test_a_query_that_cannot_be_stored_is_refused(rf, path):
    answer = ask(rf, rf.get(path, headers={"Accept": "application/json"}))
    assert answer.status_code == 400
    assert b"NUL" in answer.content


COOKIES = (
    "", "a=b", "a=b; c=d", " a = b ;; =x; y", "a=b=c", 'a="b"', 'a="', 'a=""', 'a="b',
    r'a="\054\"\\b"', r'a="\477\18\0"', r'a="b\"', r"a=\054", "a=1; a=2",
    r'messages="[[\"__json_message\"\0540\05425\054\"Saved\"]]"',
)  # fmt: skip


@pytest.mark.parametrize("header", COOKIES)
def test_cookies_are_read_as_django_reads_them(rf, header):
    found = ask(rf, rf.get("/", headers={"Cookie": header})).COOKIES
    assert found == parse_cookie(header)


def test_no_cookie_is_read_by_python(rf, monkeypatch):
    """It takes the square of the number of backslashes."""
    monkeypatch.setattr("http.cookies._unquote", None)
    request = rf.get("/", headers={"Cookie": 'a="' + r"\\" * 30_000 + '"'})
    assert ask(rf, request).COOKIES == {"a": "\\" * 30_000}


def test_a_cookie_that_cannot_be_stored_is_left_out(rf):
    request = rf.get("/", headers={"Cookie": 'sessionid="ab\\000c"; csrftoken=kept'})
    assert ask(rf, request).COOKIES == {"csrftoken": "kept"}


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_address_that_cannot_be_parsed_is_left_out(rf, method):
    said = {"next": "http://[", "kept": "yes"}
    request = getattr(rf, method)("/", said, headers={"Referer": "http://["})
    asked = ask(rf, request)
    found = asked.GET if method == "get" else asked.POST
    assert found.dict() == {"kept": "yes"}
    assert "HTTP_REFERER" not in asked.META


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=\xe9", b"x"),
        ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 2000)),
        ("application/x-www-form-urlencoded", b"a=%00"),
        ("application/x-www-form-urlencoded", b"credential=" + b"[" * 100_000),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\nabc=d\r\n--b--\r\n",
        ),
    ],
    ids=["no boundary", "bad boundary", "too many", "NUL", "nested", "base64"],
)
def test_a_form_that_cannot_be_read_is_refused(rf, kind, body):
    answer = ask(rf, rf.generic("POST", "/", body, content_type=kind))
    assert answer.status_code == 400


TEXT = b'--b\r\nContent-Disposition: form-data; name="t"\r\n\r\nDusk\r\n'
FILE = TEXT.replace(b'"t"', b'"f"; filename="f"').replace(b"Dusk", b"Dusk" * 20_000)


def send(rf, body):
    kind = "multipart/form-data; boundary=b"
    return ask(rf, rf.generic("POST", "/", body, content_type=kind))


@pytest.mark.parametrize(
    "body",
    [
        TEXT,
        TEXT + b"--b",
        TEXT + b"--b-",
        TEXT[:-4],
        TEXT[:-2] + b"--b--",
        TEXT + FILE,
        FILE[:-9000],
        TEXT + b"--b--\r\nmore",
    ],
)
def test_a_form_that_ends_in_the_middle_is_refused(rf, body):
    answer = send(rf, body)
    assert answer.status_code == 400
    assert b"not well formed" in answer.content


@pytest.mark.parametrize("end", [b"--b--", b"--b--\r\n", b"--b-- \r\n\r\n"])
@pytest.mark.parametrize("parts", [b"", TEXT, FILE, TEXT + FILE])
def test_a_form_with_its_closing_line_is_read(rf, parts, end):
    asked = send(rf, parts + end)
    assert (asked.POST.get("t"), "f" in asked.FILES) == (
        "Dusk" if TEXT in parts else None,
        FILE in parts,
    )


# --- what only a page can find


@pytest.mark.urls("tests.core.http.test_wellformed")
def test_a_value_that_fits_no_column_is_no_bug_of_ours(client):
    assert (
        client.get("/?a=1", headers={"Accept": "application/json"}).status_code == 400
    )


def test_a_page_that_cannot_read_what_is_stored_stays_a_bug(rf):
    refusals = RefusalMiddleware(too_large)
    assert refusals.process_exception(rf.get("/"), DataError("too late")) is None


def too_large(request):
    raise DataError("integer out of range")


def _patterns():
    from django.urls import path

    return [path("", too_large)]


urlpatterns = _patterns()


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_body_is_not_redirected_to_a_slash(client, settings, method, debug):
    settings.DEBUG = debug
    assert client.generic(method, "/verify", b"a=1").status_code == 404
    assert client.get("/verify").status_code == 301
