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
    enter_head,
    field,
    file_part,
    form,
)

SHA1 = "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="
RANGE = "bytes 0-3999/7275"
PARTS = {
    "nested": ("Content-Type: multipart/mixed; boundary=x", 400, "malformed_form"),
    "ranges": ("Content-Type: multipart/byteranges; boundary=x", 400, "malformed_form"),
}


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
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
        ({"Upload_Offset": "10"}, 400, "partial_content"),
        ({"Upload_Length": "7275000"}, 400, "partial_content"),
        ({"Upload_Complete": "?0"}, 400, "partial_content"),
        ({"Upload_Incomplete": "?1"}, 400, "partial_content"),
        (
            {"Upload_Checksum": "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="},
            400,
            "partial_content",
        ),
        ({"X_Content_Encoding": "gzip"}, 415, "encoded_content"),
        ({"IM": "vcdiff"}, 415, "encoded_content"),
        (
            {"X_Amz_Content_Sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
            415,
            "encoded_content",
        ),
        ({"Content_Type": "application/partial-upload"}, 400, "partial_content"),
        ({"Content_Disposition": "inline; size=7275000"}, 400, "partial_content"),
        ({"X_Chunk_Number": "0"}, 400, "partial_content"),
        ({"Dz_Chunk_Index": "0"}, 400, "partial_content"),
        ({"OC_Chunked": "1"}, 400, "partial_content"),
        ({"X_Ms_Range": "bytes=0-3999"}, 400, "partial_content"),
        ({"X_Oss_Position": "0"}, 400, "partial_content"),
        ({"X_Goog_Upload_Offset": "0"}, 400, "partial_content"),
        ({"X_Goog_Upload_Command": "upload"}, 400, "partial_content"),
        ({"X_Upload_Content_Length": "7275000"}, 400, "partial_content"),
        ({"X_File_Size": "7275000"}, 400, "partial_content"),
        ({"X_Amz_Decoded_Content_Length": "7275000"}, 400, "partial_content"),
        ({"Content_MD5": "Q2hlY2sgSW50ZWdyaXR5IQ=="}, 400, "bad_digest"),
        ({"Digest": "sha-256=abc"}, 400, "bad_digest"),
        ({"X_Amz_Content_Sha256": "ab" * 32}, 400, "bad_digest"),
        ({"X_Amz_Checksum_Sha256": "YQ=="}, 400, "bad_digest"),
        ({"X_Bz_Content_Sha1": "hex_digits_at_end"}, 400, "bad_digest"),
        ({"X_Goog_Hash": "md5=YQ=="}, 400, "bad_digest"),
        ({"OC_Checksum": "SHA1:ab"}, 400, "bad_digest"),
        ({"ETag": "ab"}, 400, "bad_digest"),
        ({"X_HTTP_Method_Override": "PATCH"}, 400, "partial_content"),
        ({"Content_Type": "image/jpeg; chunk=0; chunks=2"}, 400, "partial_content"),
        ({"Content_Disposition": "inline; range=0-9"}, 400, "partial_content"),
        ({"X_Slice_Index": "0"}, 400, "partial_content"),
        ({"X_Goog_Upload_Raw_Size": "7275000"}, 400, "partial_content"),
        (
            {"Dropbox_API_Arg": '{"cursor": {"session_id": "x", "offset": 0}}'},
            400,
            "partial_content",
        ),
        ({"Content_Type": FORM_TYPE}, 415, "wrapped_content"),
    ],
)
def test_a_put_of_a_part_is_refused(headers, status, code, ada, ticket, picture):
    reply = put(ada, ticket, picture, **headers)
    assert (reply.status, reply.code) == (status, code)
    assert Submission.objects.get().state == S.RESERVED
    assert put(ada, ticket, picture).status == 202


def test_two_digests_in_one_header_are_refused(ada, ticket, picture):
    two = f"{digest(picture)}, {digest(b'other')}"
    reply = put(ada, ticket, picture, Content_Digest=two)
    assert (reply.status, reply.code) == (400, "bad_digest")


def test_headers_that_change_nothing_are_taken(ada, ticket, picture):
    said = {
        "Content_Encoding": "identity",
        "Upload_Offset": "0",
        "X_File_Size": str(len(picture)),
        "Content_Disposition": f'inline; filename="a; part=1"; size={len(picture)}',
        "X_Amz_Content_Sha256": "UNSIGNED-PAYLOAD",
        "X_HTTP_Method_Override": "PUT",
        "Dropbox_API_Arg": '{"path": "/a.jpg"}',
    }
    assert put(ada, ticket, picture, Content_Type="image/jpeg", **said).status == 202


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


@pytest.mark.parametrize("name", ["chunk", "dzchunkindex", "flowChunkNumber"])
def test_a_form_that_numbers_its_part_is_refused(name, tmp_path):
    body = form(field("title", "Dusk"), field(name, "0"), file_part(b"pixels"))
    _refused(tmp_path, body, 400, "partial_content")


def test_a_form_with_the_number_of_a_part_beside_it_is_refused(tmp_path):
    body = form(field("title", "Dusk"), file_part(b"pixels"))
    _refused(tmp_path, body, 400, "partial_content", X_Chunk_Number="0")
    _refused(tmp_path, body, 400, "partial_content", query="?ticket=x&chunk=0&chunks=2")


@pytest.mark.parametrize(
    "line", ["X-Chunk-Number: 0", "Range: bytes=0-5", "Content-Type: a/b; chunk=0"]
)
def test_a_form_whose_file_numbers_itself_is_refused(line, tmp_path):
    _refused(tmp_path, _form_with("file", line), 400, "partial_content")


def test_a_form_whose_file_has_the_number_in_its_first_header_is_refused(tmp_path):
    body = _form_with("file", "0", "; chunk=")
    _refused(tmp_path, body, 400, "partial_content")


def test_a_form_with_the_number_of_a_part_in_json_is_refused(tmp_path):
    told = field("metadata", '{"chunkIndex":0,"totalChunks":2}')
    body = form(field("title", "Dusk"), told, file_part(b"pixels"))
    _refused(tmp_path, body, 400, "partial_content")


def test_words_that_look_like_json_are_words(tmp_path):
    body = form(field("title", '{"chunk": 1}'), file_part(b"pixels"))
    with Served(tmp_path, limits=Limits(upload_bytes=MEBIBYTE)) as served:
        assert served.enter("keep", body).json["staged"]["size"] == 6


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


@pytest.mark.parametrize(
    "name", ["Content-Digest", "Content-MD5", "Digest", "OC-Checksum"]
)
def test_a_digest_of_a_part_is_refused(name, tmp_path):
    _refused(tmp_path, _form_with("file", f"{name}: sha-256=:YQ==:"), 400, "bad_digest")


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


def _refused(
    tmp_path, body: bytes, status: int, code: str, query: str = "", **headers: str
) -> None:
    with Served(tmp_path, limits=Limits(upload_bytes=MEBIBYTE)) as served:
        said = {"Accept": "application/json", **headers}
        lines = enter_head("keep", len(body), **said)
        reply = served.ask(lines.replace(b"/enter/", b"/enter/" + query.encode()), body)
        assert (reply.status, reply.code) == (status, code)
        assert "complete" not in served.site.asked
