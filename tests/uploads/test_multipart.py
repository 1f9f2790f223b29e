"""The form's parser, cut at every byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycenas.core.http.errors import ProblemError
from mycenas.uploads.multipart import FormFields, MultipartForm, boundary_of
from tests.serving import BOUNDARY, field, file_part, form

DATA = b"\r\n--" + BOUNDARY.encode()[:5] + b"\r\n\r\r\n-" + b"--" + BOUNDARY.encode()
BODY = form(field("title", "Dusk"), field("tag", ""), file_part(DATA))


def read(*pieces: bytes) -> tuple[MultipartForm, bytes]:
    reader = MultipartForm(BOUNDARY.encode(), FormFields((), (b"title", b"tag")))
    data = b""
    for piece in pieces:
        reader.feed(piece)
        data += b"".join(reader.take())
    reader.finish()
    return reader, data


def test_a_cut_anywhere_changes_nothing():
    for cut in range(len(BODY) + 1):
        reader, data = read(BODY[:cut], BODY[cut:])
        assert data == DATA
        assert reader.fields == [(b"title", b"Dusk"), (b"tag", b"")]


def test_bytes_after_the_closing_line_are_noticed_wherever_it_is_cut():
    body = BODY + b" \r\n."
    for cut in range(len(body) + 1):
        with pytest.raises(ProblemError) as refused:
            read(body[:cut], body[cut:])
        assert refused.value.code == "malformed_form"


def test_an_end_anywhere_before_the_last_is_noticed():
    for end in range(len(BODY) - 2):
        with pytest.raises(ProblemError):
            read(BODY[:end])


@given(st.binary(max_size=200), st.integers(1, 50))
def test_any_bytes_come_through(data, step):
    body = form(file_part(data))
    pieces = [body[at : at + step] for at in range(0, len(body), step)]
    assert read(*pieces)[1] == data


@given(st.binary(max_size=300))
def test_garbage_raises_nothing_but_a_refusal(garbage):
    opening = form(field("title", "x"))[:40]
    for body in (garbage, opening + garbage):
        with pytest.raises(ProblemError):
            read(body)


def test_a_quoted_boundary_is_understood():
    assert boundary_of(b'multipart/form-data; boundary="a b"') == b"a b"


@pytest.mark.parametrize(
    "parts",
    [
        [file_part(b"x")],
        [field("title", "Dusk"), file_part(b"x"), field("title", "Dawn")],
        [field("title", "Dusk"), file_part(b"x"), field("key", "1")],
    ],
)
def test_fields_must_come_before_the_file(parts):
    names = FormFields((b"title",), (b"title", b"key"))
    reader = MultipartForm(BOUNDARY.encode(), names)
    with pytest.raises(ProblemError) as refused:
        reader.feed(form(*parts))
    assert (refused.value.status, refused.value.code) == (400, "fields_after_file")


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([field("send", "1"), file_part(b"x")], "unknown_field"),
        ([file_part(b"x"), field("fileSize", "9")], "unknown_field"),
        ([file_part(b"x"), field("total", "all")], "unknown_field"),
        ([file_part(b"x"), field("sha-256", "abc")], "unknown_field"),
        ([file_part(b"x"), field("of", "two")], "unknown_field"),
        ([file_part(b"x"), field("here", "2")], "unknown_field"),
        ([file_part(b"x"), field("done", "false")], "unknown_field"),
        ([file_part(b"x"), field("continue", " Yes")], "unknown_field"),
        ([file_part(b"x"), field("more", "")], "unknown_field"),
        ([file_part(b"x"), field("truncated", "here")], "unknown_field"),
        ([file_part(b"x"), field("status", "uploading")], "unknown_field"),
        ([file_part(b"x"), field("next", "b.jpg")], "unknown_field"),
        ([file_part(b"x"), field("here", "0-99/200")], "unknown_field"),
        ([file_part(b"x"), field("", "Send")], "unknown_field"),
        ([file_part(b"x"), field("send", "x" * 300_000)], "fields_too_large"),
        ([field("", "1"), file_part(b"x")], "unknown_field"),
        ([field("file", "as text"), file_part(b"x")], "one_file"),
        ([file_part(b"x"), field("file", "as text")], "fields_after_file"),
    ],
)
def test_a_field_that_would_be_lost_is_refused(parts, code):
    with pytest.raises(ProblemError) as refused:
        read(form(*parts))
    assert (refused.value.status, refused.value.code) == (400, code)


@pytest.mark.parametrize(
    "name", ["send", "submit", "_continue", "sendNow", "Отправить"]
)
@pytest.mark.parametrize("value", ["1", "Send the picture", "", "Absenden …"])
@pytest.mark.parametrize("data", [b"pixels", b""])
def test_the_button_that_sent_the_form_is_ignored(name, value, data):
    more = [field(name, value), field("other", "on"), field("other", "on")]
    reader, found = read(form(field("title", "Dusk"), file_part(data), *more))
    assert (reader.fields, found) == ([(b"title", b"Dusk")], data)
