"""What goes through the gateway, and what it asks of the page and of uploads."""

from __future__ import annotations

import errno
import hashlib
import os

import pytest

from mycenas.storage import Store
from mycenas.storage.files import Files
from mycenas.uploads.application import FORM_KEY
from mycenas.uploads.requests import Limits
from tests.serving import (
    BOUNDARY,
    MEBIBYTE,
    REFUSAL,
    Reply,
    Served,
    enter_head,
    field,
    file_part,
    form,
    head,
)

TITLE = field("title", "Dusk")
RULES = field("accept_rules", "on")


@pytest.fixture
def served(tmp_path):
    with Served(tmp_path, limits=Limits(upload_bytes=64 * MEBIBYTE)) as served:
        yield served


@pytest.mark.parametrize("size", [1, 64 * 1024, 5 * MEBIBYTE, 50 * MEBIBYTE])
def test_the_bytes_that_come_out_are_those_that_went_in(served, size):
    data = os.urandom(size)
    reply = served.enter("keep", form(TITLE, RULES, file_part(data)))
    digest = hashlib.sha256(data).hexdigest()
    assert reply.json["staged"] == {"size": size, "sha256": digest}
    kept = served.store.original_path(reply.json["kept"])
    assert kept.read_bytes() == data
    assert served.left_in_staging() == []


def test_the_page_is_asked_once_with_the_fields_alone(served):
    reply = served.enter("any", form(TITLE, RULES, file_part(b"pixels")))
    [(environ, body)] = served.site.calls
    coming = environ[FORM_KEY]
    assert body == b"title=Dusk&accept_rules=on"
    assert coming.file_name == "work.png"
    assert len(b"pixels") <= coming.size < 200
    assert served.site.asked == ["form", "begin", "complete"]
    assert reply.json["fields"] == [["title", "Dusk"], ["accept_rules", "on"]]


@pytest.mark.parametrize("size", [1, 5 * MEBIBYTE])
def test_a_field_after_the_file_is_refused_and_nothing_is_acknowledged(served, size):
    body = form(TITLE, file_part(bytes(size)), RULES)
    reply = served.enter("keep", body, Accept="application/json")
    assert reply.status == 400
    assert reply.json["type"] == "urn:mycenas:problem:fields_after_file"
    assert "accept_rules" in reply.json["detail"]
    assert "complete" not in served.site.asked
    assert served.left_in_staging() == []


def test_odd_letters_reach_the_page(served):
    parts = [field("tag", "a&b=c"), field("word", "ж +%\r\n"), field("empty", "")]
    reply = served.enter("any", form(*parts, file_part(b"x")))
    told = [["tag", "a&b=c"], ["word", "ж +%\r\n"], ["empty", ""]]
    assert reply.json["fields"] == told


@pytest.mark.parametrize("step", [1, 7, 64])
def test_it_does_not_matter_how_the_bytes_are_cut(served, step):
    body = form(TITLE, RULES, file_part(b"\r\n--" + BOUNDARY.encode()[:-1] + b"\r\n"))
    pieces = [body[at : at + step] for at in range(0, len(body), step)]
    reply = served.ask(enter_head("any", len(body)), *pieces)
    assert reply.json["staged"]["size"] == len(BOUNDARY) + 5


@pytest.mark.parametrize("tenth", range(10))
def test_a_cut_off_upload_never_reaches_complete(served, tenth):
    body = form(TITLE, RULES, file_part(os.urandom(MEBIBYTE)))
    with served.connect() as connection:
        connection.sendall(enter_head("keep", len(body)))
        connection.sendall(body[: len(body) * tenth // 10])
    served.stop()
    assert "complete" not in served.site.asked
    assert served.left_in_staging() == []
    assert list(served.store.originals()) == []


def test_a_form_that_ends_early_is_refused(served):
    body = form(TITLE, file_part(b"pixels"))[:-4]
    reply = served.enter("keep", body, Accept="application/json")
    assert reply.status == 400
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json["type"].endswith(":unfinished_form")
    assert "complete" not in served.site.asked
    assert served.left_in_staging() == []


@pytest.mark.parametrize("parts", [[TITLE], [TITLE, file_part(b"", name="")]])
def test_a_form_without_a_file_is_for_the_page_alone(served, parts):
    reply = served.enter("any", form(*parts))
    assert reply.json["length"] == len(b"title=Dusk")
    assert served.site.asked == ["page"]


def test_an_empty_file_is_rejected(served):
    reply = served.enter("any", form(TITLE, file_part(b"")))
    assert reply.json["rejected"] == 0


def test_a_file_beyond_the_accepted_size_is_measured_and_not_kept(served):
    reply = served.enter("small", form(TITLE, file_part(bytes(MEBIBYTE))))
    assert reply.json["rejected"] == MEBIBYTE
    assert served.left_in_staging() == []


def test_a_file_of_exactly_the_granted_size_is_kept(served):
    reply = served.enter("small-keep", form(file_part(bytes(1000))))
    assert reply.json["staged"]["size"] == 1000


def test_an_early_refusal_is_read_by_who_sends_everything(served):
    body = form(TITLE, file_part(bytes(20 * MEBIBYTE)))
    with served.connect() as connection:
        connection.sendall(enter_head("refuse", len(body)))
        connection.sendall(body)
        reply = Reply(connection)
        assert (reply.status, reply.body.decode()) == (403, REFUSAL)
        connection.sendall(head("GET", "/again/"))
        assert Reply(connection).status == 200
    assert served.site.asked == ["form", "page"]
    assert not (served.store.root / "staging").exists()


def test_what_nobody_kept_is_removed(served):
    assert served.enter("any", form(file_part(b"pixels"))).json["staged"]
    served.stop()
    assert served.left_in_staging() == []


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("夕暮れ.png", "夕暮れ.png"),
        ("غروب.png", "غروب.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\pictures\\dusk.jpg", "dusk.jpg"),
        ("/", ""),
        ("cod\u202egnp.exe", "codgnp.exe"),
        ("a\x00b\x1b.png", "ab.png"),
        ("n" * 600, "n" * 255),
    ],
)
def test_file_names_are_only_text(served, sent, shown):
    reply = served.enter("any", form(file_part(b"x", name=sent)))
    assert reply.json["file_name"] == shown
    assert reply.json["staged"]["size"] == 1


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([file_part(b"1"), file_part(b"2")], "one_file"),
        ([file_part(b"1", field="other")], "one_file"),
        ([field("send", "1")], "unknown_field"),
        ([field("title", "x" * 300_000)], "fields_too_large"),
        ([field("n" * 5000, "x")], "malformed_form"),
        ([b"no boundary at all"], "malformed_form"),
        ([field("title", "x").replace(b"form-data", b"inline")], "malformed_form"),
    ],
)
def test_forms_no_browser_sends_are_refused(served, parts, code):
    reply = served.enter("keep", form(*parts), Accept="application/json")
    assert (reply.status, reply.code) == (400, code)
    assert "complete" not in served.site.asked
    assert served.left_in_staging() == []


@pytest.mark.parametrize("boundary", ["", "; boundary=", f"; boundary={'b' * 71}"])
def test_a_form_needs_a_fitting_boundary(served, boundary):
    body = form(TITLE)
    kind = f"multipart/form-data{boundary}"
    reply = served.enter("any", body, Content_Type=kind)
    assert reply.status == 400
    assert "well-formed" in reply.body.decode()


def test_headers_reach_the_page_but_no_header_becomes_an_upload(served):
    served.enter(
        "any",
        form(file_part(b"x")),
        Cookie="session=1",
        mycenas_uploads_form="forged",
        **{"mycenas.uploads.form": "forged", "X_Forwarded_For": "1.2.3.4"},
    )
    environ = served.site.calls[0][0]
    assert environ["HTTP_COOKIE"] == "session=1"
    assert environ["HTTP_HOST"] == "example.org"
    assert environ["HTTP_X_FORWARDED_FOR"] == "1.2.3.4"
    assert environ["CONTENT_TYPE"] == "application/x-www-form-urlencoded"
    assert "HTTP_TRANSFER_ENCODING" not in environ


def test_an_ordinary_request_has_no_upload_whatever_its_headers_say(served):
    raw = b"GET / HTTP/1.1\r\nHost: a\r\nmycenas.uploads.form: x\r\nX_User: y\r\n\r\n"
    reply = served.ask(raw)
    environ = served.site.calls[0][0]
    assert reply.status == 200
    assert FORM_KEY not in environ
    assert not any(key.startswith("HTTP_X") for key in environ)


class FullDisk(Files):
    """Every write finds the disk full."""

    def write(self, *_):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_said_and_nothing_is_kept(tmp_path):
    store = Store(tmp_path, FullDisk())
    limits = Limits(upload_bytes=64 * MEBIBYTE)
    with Served(tmp_path, limits=limits, store=store) as served:
        reply = served.enter("keep", form(TITLE, file_part(bytes(5 * MEBIBYTE))))
        assert reply.status == 503
        assert reply.headers["retry-after"] == "60"
        assert b"storage_failed" in reply.body
        assert served.site.asked == ["form", "begin", "delay"]
        assert served.left_in_staging() == []


def test_uploads_are_counted_only_while_they_last(served):
    body = form(file_part(b"pixels"))
    assert served.enter("any", body).status == 200
    assert served.enter("refuse", body).status == 403
    assert served.gateway.uploads_now == 0
