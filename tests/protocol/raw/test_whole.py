"""Whatever presents a part, or another coding of a file, as the file is refused."""

from __future__ import annotations

import gzip

import pytest

from mycenas.uploads.requests import Limits
from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.protocol.raw.sending import FORM_TYPE, digest, put
from tests.protocol.tus.serving import encoded
from tests.serving import (
    BOUNDARY,
    MEBIBYTE,
    Served,
    field,
    file_part,
    form,
)

RANGE = "bytes 0-3999/7275"
PARTS = {
    "nested": ("Content-Type: multipart/mixed; boundary=x", 400, "malformed_form"),
    "ranges": ("Content-Type: multipart/byteranges; boundary=x", 400, "malformed_form"),
}


REFUSED = [
    ({"Content_Range": RANGE}, 400, "partial_content"),
    ({"Content_Range": "bytes */7275"}, 400, "partial_content"),
    ({"X_Content_Range": RANGE}, 400, "partial_content"),
    ({"Content_Encoding": "gzip"}, 415, "encoded_content"),
    ({"Content_Encoding": "identity, br"}, 415, "encoded_content"),
    ({"Content_Type": "multipart/byteranges; boundary=x"}, 415, "wrapped_content"),
    ({"Content_Type": "multipart/form-data; boundary=x"}, 415, "wrapped_content"),
    ({"Content_Type": "application/json"}, 415, "wrapped_content"),
    ({"Content_Type": "message/http"}, 415, "wrapped_content"),
    ({"Content_Type": "application/http"}, 415, "wrapped_content"),
    ({"Content_Type": "image/jpeg, multipart/x"}, 415, "wrapped_content"),
    ({"Content_Transfer_Encoding": "base64"}, 415, "encoded_content"),
    ({"Range": "bytes=0-3999"}, 400, "partial_content"),
    ({"If_Range": '"x"'}, 400, "partial_content"),
    ({"Upload_Complete": "?0"}, 400, "partial_content"),
    ({"Upload_Incomplete": "?1"}, 400, "partial_content"),
    ({"X_Content_Encoding": "gzip"}, 415, "encoded_content"),
    ({"IM": "vcdiff"}, 415, "encoded_content"),
    ({"Content_MD5": "Q2hlY2sgSW50ZWdyaXR5IQ=="}, 400, "bad_digest"),
    ({"Upload_Checksum": "sha1 Q2hlY2sgSW50ZWdyaXR5IQ=="}, 400, "bad_digest"),
    ({"X_Checksum_Sha256": "00"}, 400, "bad_digest"),
    ({"X_Amz_Checksum_CRC32": "AAAAAA=="}, 400, "bad_digest"),
    ({"X_Goog_Hash": "md5=AA=="}, 400, "bad_digest"),
    ({"Digest": "sha-256=abc"}, 400, "bad_digest"),
    ({"Content_Type": FORM_TYPE}, 415, "wrapped_content"),
]


def test_a_put_of_a_part_is_refused(ada, ticket, picture):
    """None of them changes the ticket, to which the whole file goes at last."""
    found = []
    for headers, _status, _code in REFUSED:
        reply = put(ada, ticket, picture, **headers)
        found.append((headers, reply.status, reply.code))
    assert found == REFUSED
    assert Submission.objects.get().state == S.RESERVED
    assert put(ada, ticket, picture).status == 202


def test_two_digests_in_one_header_are_refused(ada, ticket, picture):
    two = f"{digest(picture)}, {digest(b'other')}"
    reply = put(ada, ticket, picture, Content_Digest=two)
    assert (reply.status, reply.code) == (400, "bad_digest")


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Content_Range": RANGE}, 400), ({"Content_Encoding": "gzip"}, 415)],
)
def test_a_piece_with_a_range_or_encoding_is_refused(
    headers, status, ada, ticket, picture
):
    told = f"ticket {encoded(Submission.objects.get().token)}"
    ada.create(len(picture), Upload_Metadata=told)
    assert ada.patch(ticket, picture, 0, **headers).status == status
    assert ada.where(ticket).offset == 0


def test_a_put_of_another_length_than_was_declared_for_pieces_is_refused(
    ada, ticket, picture
):
    told = f"ticket {encoded(Submission.objects.get().token)}"
    ada.create(len(picture), Upload_Metadata=told)
    reply = put(ada, ticket, picture[:400])
    assert (reply.status, reply.code) == (409, "length_fixed")
    assert Submission.objects.get().state == S.RESERVED
    assert put(ada, ticket, picture).status == 202


def test_the_number_of_a_part_in_the_query_is_refused(ada, ticket, picture):
    reply = put(ada, f"{ticket}?partNumber=1&uploadId=x", picture)
    assert (reply.status, reply.code) == (400, "partial_content")
    assert Submission.objects.get().state == S.RESERVED


def test_a_partial_upload_of_tus_is_not_made(ada, ticket, picture):
    told = f"ticket {encoded(Submission.objects.get().token)}"
    reply = ada.create(len(picture), Upload_Metadata=told, Upload_Concat="partial")
    assert reply.status == 400


def part_with(header: str, data: bytes) -> bytes:
    disposition = 'form-data; name="file"; filename="a.jpg"'
    opening = f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n{header}\r\n\r\n"
    return opening.encode() + data + b"\r\n"


@pytest.mark.parametrize("case", PARTS)
def test_a_form_whose_file_is_a_part_or_encoded_is_refused(case, tmp_path):
    header, status, code = PARTS[case]
    _refused(tmp_path, form(part_with(header, gzip.compress(b"x"))), status, code)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ((field("title", "a"), field("title", "b"), file_part(b"x")), "field_twice"),
        ((file_part(b"x"), file_part(b"y")), "one_file"),
        ((part_with('Content-Disposition: form-data; name="b"', b"x"),), None),
    ],
)
def test_a_form_with_two_meanings_is_refused(parts, code, tmp_path):
    _refused(tmp_path, form(*parts), 400, code or "malformed_form")


def test_two_names_of_one_file_are_refused(tmp_path):
    twice = b'filename="work.png"; filename="work.exe"'
    named = file_part(b"x").replace(b'filename="work.png"', twice)
    _refused(tmp_path, form(named), 400, "malformed_form")


def test_a_file_name_in_another_coding_is_refused(tmp_path):
    named = file_part(b"x").replace(b'filename="work.png"', b"filename*=UTF-8''a.png")
    _refused(tmp_path, form(named), 400, "malformed_form")


@pytest.mark.parametrize("said", ["5", "7", "0", "6\r\nContent-Length: 5"])
@pytest.mark.parametrize("name", ["file", "title"])
def test_a_part_with_another_length_than_its_own_is_refused(name, said, tmp_path):
    code = "malformed_form" if "\r" in said else "wrong_length"
    _refused(tmp_path, _form_with(name, f"Content-Length: {said}"), 400, code)


@pytest.mark.parametrize("said", ["-6", "six", "", "6, 6", "9" * 30])
def test_a_length_of_a_part_is_a_number(said, tmp_path):
    body = _form_with("file", f"Content-Length: {said}")
    _refused(tmp_path, body, 400, "malformed_form")


@pytest.mark.parametrize("said", ["5", '"7"', "0", "9" * 18])
@pytest.mark.parametrize("name", ["file", "title"])
def test_a_part_with_another_size_than_its_own_is_refused(name, said, tmp_path):
    _refused(tmp_path, _form_with(name, said, "; size="), 400, "wrong_length")


@pytest.mark.parametrize(
    "more",
    [
        b"x",
        b"\r\nthe rest of the file",
        file_part(b"the rest") + f"--{BOUNDARY}--\r\n".encode(),
        b"\r\n" * 100_000 + b"\0",
    ],
)
def test_bytes_after_the_closing_line_are_refused(more, tmp_path):
    body = form(field("title", "Dusk"), file_part(b"pixels")) + more
    _refused(tmp_path, body, 400, "malformed_form")


def test_a_part_that_says_its_length_is_taken(tmp_path):
    body = _form_with("file", "6\r\nContent-Length: 6", "; size=").replace(
        b'name="title"\r\n', b'name="title"\r\nContent-Length: 4\r\n'
    )
    with Served(tmp_path, limits=Limits(upload_bytes=MEBIBYTE)) as served:
        assert served.enter("keep", body).json["staged"]["size"] == 6


def _form_with(part: str, header: str, before: str = "\r\n") -> bytes:
    """A form whose ``part`` has one more header, or a parameter of the first one."""
    body = form(field("title", "Dusk"), file_part(b"pixels"))
    start = body.index(f'name="{part}"'.encode())
    end = body.index(b"\r\n", start)
    return body[:end] + f"{before}{header}".encode() + body[end:]


def _refused(tmp_path, body: bytes, status: int, code: str) -> None:
    with Served(tmp_path, limits=Limits(upload_bytes=MEBIBYTE)) as served:
        reply = served.enter("keep", body, Accept="application/json")
        assert (reply.status, reply.code) == (status, code)
        assert "complete" not in served.site.asked
