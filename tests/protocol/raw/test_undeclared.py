"""A file whose size was not declared comes by ordinary requests alone.

Whatever else a request says, in whatever words, may mean that its file is a part.
"""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.protocol.raw.ordinary import CLIENTS, USED, invented
from tests.protocol.raw.sending import begin_put, digest, put, take_ticket
from tests.protocol.tus.serving import Reply, Sender, encoded

TYPES = (
    None, "", "image/jpeg", "image/x-png", "application/octet-stream",
    "binary/octet-stream", 'image/jpeg; name="a; chunk=1.jpg"',
)  # fmt: skip


def lines(name: str) -> dict[str, str]:
    """A header with any name, also with an underscore, as a second line of another."""
    return {"Accept": f"*/*\r\n{name}: 1"}


def state() -> str:
    return str(Submission.objects.get().state)


def test_a_header_that_is_not_known_is_refused(ada, ticket, picture):
    stated = "Upload-Length"
    used = [name for name in USED if name != stated]
    for name in [*used, *invented(80), "chunk_index", "Content_Range"]:
        reply = put(ada, ticket, picture[:4000], **lines(name))
        assert reply.status == 400, name
        assert reply.code in ("undeclared_file", "bad_digest"), name
    assert state() == S.RESERVED
    assert put(ada, ticket, picture).status == 202


@pytest.mark.parametrize(
    "line",
    [
        "X-Original-URL: /uploads/x/?partNumber=1",
        "X-Forwarded-Uri: /?chunk=0&chunks=2",
        "X-Forwarded-Path: /uploads/x/;chunk=0",
        "X-Forwarded-Prefix: /x?chunk=0",
        "X-Forwarded-Method: PATCH",
        "Forwarded: for=192.0.2.1;range=0-9",
        "Connection: close, Content-Range",
        "Warning: 214",
        "Sec-Content-Range: bytes 0-3999/7275",
    ],
)
def test_a_known_header_that_names_a_part_is_refused(line, ada, ticket, picture):
    reply = put(ada, ticket, picture[:4000], Accept=f"*/*\r\n{line}")
    assert (reply.status, reply.code) == (400, "undeclared_file")
    assert state() == S.RESERVED


@pytest.mark.parametrize(
    "said",
    [
        {"Upload_Length": "7275000"},
        {"Upload_Length": "many"},
        {"Content_Disposition": "inline; size=7275000"},
        {"Content_Type": "image/jpeg; size=7275000"},
    ],
)
def test_a_put_that_states_another_size_than_it_has_is_refused(
    said, ada, competition, picture
):
    part = picture[:4000]
    path = take_ticket(ada, competition, size=len(part))
    reply = put(ada, path, part, **said)
    assert (reply.status, reply.code) == (400, "wrong_length")
    said = {"Upload_Length": "4000", "Content_Disposition": "inline; size=4000"}
    assert put(ada, path, part, **said).status == 202


def test_the_header_of_a_known_proxy_passes(settings, ada, ticket, picture):
    settings.PROXY_HEADERS = ["x-hotel-wifi"]
    assert put(ada, ticket, picture, **lines("X-Hotel-Cable")).status == 400
    assert put(ada, ticket, picture, **lines("X-Hotel-Wifi")).status == 202


@pytest.mark.parametrize(
    "said",
    [
        {"Content_Type": "image/jpeg; chunk=0; chunks=2"},
        {"Content_Type": "application/partial-upload"},
        {"Content_Type": "application/vnd.chunk"},
        {"Content_Disposition": 'inline; filename="C:\\d\\"; range=1; name="a"'},
        {"Content_Disposition": 'inline; filename="a\\"; x="; range=0-9'},
        {"Content_Disposition": "inline; filename*0=a"},
        {"Content_Disposition": "chunk; filename=a"},
        {"Accept": "*/*\r\nContent-Type: image/jpeg; part"},
    ],
)
def test_a_parameter_that_is_not_known_is_refused(said, ada, ticket, picture):
    reply = put(ada, ticket, picture[:4000], **said)
    assert (reply.status, reply.code) == (400, "undeclared_file")
    assert state() == S.RESERVED


def test_a_refusal_names_the_header_and_what_to_do(ada, ticket, picture):
    said = put(ada, ticket, picture, X_Volume="1").json["detail"]
    assert "x-volume" in said
    assert "size or sha256" in said


@pytest.mark.parametrize("query", ["?part=1", "?chunk", "?=", "?x-amz-y=1"])
def test_an_upload_address_has_no_parameters(query, ada, ticket, picture):
    reply = put(ada, f"{ticket}{query}", picture[:4000])
    assert (reply.status, reply.code) == (400, "partial_content")
    assert state() == S.RESERVED


def test_the_digest_of_a_part_does_not_make_it_whole(ada, ticket, picture):
    half = picture[:4000]
    for name in ("Content_Digest", "Repr_Digest"):
        reply = put(ada, ticket, half, **{name: digest(half)}, X_Part="1")
        assert (reply.status, reply.code) == (400, "undeclared_file")
    assert put(ada, ticket, picture, Content_Digest=digest(picture)).status == 202


def by_size(ada: Sender, competition: Any, data: bytes) -> tuple[str, dict[str, str]]:
    return take_ticket(ada, competition, size=len(data)), {}


def by_sha256(ada: Sender, competition: Any, data: bytes) -> tuple[str, dict[str, str]]:
    sha256 = hashlib.sha256(data).hexdigest()
    return take_ticket(ada, competition, sha256=sha256), {}


def by_length(ada: Sender, competition: Any, data: bytes) -> tuple[str, dict[str, str]]:
    path = take_ticket(ada, competition)
    said = f"ticket {encoded(Submission.objects.get().token)}"
    ada.create(len(data), Upload_Metadata=said)
    return path, {}


@pytest.mark.parametrize("declare", [by_size, by_sha256, by_length])
def test_a_declared_file_is_whole_if_it_equals_what_was_said(
    declare, ada, competition, picture
):
    path, said = declare(ada, competition, picture)
    half = put(ada, path, picture[:4000], X_Chunk_Number="0", **said)
    assert half.status == 409
    assert state() == S.RESERVED
    assert put(ada, path, picture, X_Chunk_Number="0", **said).status == 202


def test_after_a_refused_file_its_length_binds_no_other(ada, competition, picture):
    path, _none = by_length(ada, competition, bytes(len(picture)))
    assert put(ada, path, bytes(len(picture))).code == "invalid_entry"
    reply = put(ada, path, picture[:4000], X_Chunk_Number="0")
    assert (reply.status, reply.code) == (400, "undeclared_file")
    assert put(ada, path, picture).status == 202


def declared_by_tus(ada: Sender, competition: Any, length: int) -> None:
    said = f"ticket {encoded(Submission.objects.get().token)}"
    assert ada.create(length, Upload_Metadata=said).status == 201


def declared_by_ticket(ada: Sender, competition: Any, length: int) -> None:
    take_ticket(ada, competition, size=length)


@pytest.mark.parametrize("declare", [declared_by_tus, declared_by_ticket])
@pytest.mark.parametrize("begun", [0, 1000])
def test_a_length_declared_after_a_refused_file_binds_the_next(
    declare, begun, ada, competition, picture
):
    path = take_ticket(ada, competition)
    assert put(ada, path, b"notes, no picture").code == "invalid_entry"
    declare(ada, competition, len(picture))
    if begun:
        assert ada.patch(path, picture[:begun], 0).status == 204
    assert put(ada, path, picture[:4000]).status == 409
    assert state() == S.RESERVED
    assert put(ada, path, picture).status == 202


def put_nothing(ada: Sender, path: str, _picture: bytes) -> Any:
    return put(ada, path, b"")


def put_damaged(ada: Sender, path: str, picture: bytes) -> Any:
    return put(ada, path, picture, Content_Digest=digest(b"another"))


@pytest.mark.parametrize("refuse", [put_nothing, put_damaged])
def test_a_length_outlives_a_refusal_of_something_else(
    refuse, ada, competition, picture
):
    path, _none = by_length(ada, competition, picture)
    assert refuse(ada, path, picture).status in (409, 422)
    assert put(ada, path, picture[:4000]).status == 409
    assert put(ada, path, picture).status == 202


def test_a_length_outlives_a_new_address(ada, competition, picture):
    take_ticket(ada, competition)
    take_ticket(ada, competition, size=len(picture), rotate=1)
    path = take_ticket(ada, competition, rotate=1)
    assert put(ada, path, picture[:4000]).status == 409
    assert put(ada, path, picture).status == 202


@pytest.mark.parametrize("declare", [declared_by_tus, declared_by_ticket])
def test_a_length_that_is_declared_while_a_file_comes_binds_it(
    declare, ada, competition, picture
):
    path, half = take_ticket(ada, competition), picture[:4000]
    with ada.connection() as line:
        begin_put(ada, line, path, Content_Length="4000", Expect="100-continue")
        line.recv(1000)
        declare(ada, competition, len(picture))
        line.sendall(half)
        assert Reply(line, "PUT").status == 409
    assert state() == S.RESERVED
    assert put(ada, path, picture).status == 202


@pytest.mark.parametrize(
    "said",
    [
        {"Repr_Digest": digest(b"another")},
        {"Content_Digest": digest(b"another")},
        {"Content_Disposition": "inline; size=7275000"},
    ],
)
def test_what_a_patch_says_and_nobody_compares_is_refused(
    said, ada, competition, picture
):
    path, _none = by_length(ada, competition, picture)
    assert ada.patch(path, picture, 0, **said).status == 400
    assert state() == S.RESERVED


def test_pieces_of_a_refused_file_do_not_bind_another(ada, competition, picture):
    path, _none = by_length(ada, competition, bytes(9000))
    assert ada.patch(path, bytes(1000), 0).status == 204
    assert put(ada, path, bytes(9000)).code == "invalid_entry"
    assert put(ada, path, picture).status == 202


@CLIENTS
def test_the_file_of_an_ordinary_client_is_taken(said, ada, ticket, picture):
    headers = {name.replace("-", "_"): value for name, value in said.items()}
    assert put(ada, ticket, picture, **headers).status == 202


@pytest.mark.parametrize("kind", TYPES)
def test_the_usual_types_are_taken(kind, ada, ticket, picture):
    said = {
        "Content_Disposition": "attachment; filename=\"a; part=1\"; filename*=UTF-8''a"
    }
    assert put(ada, ticket, picture, Content_Type=kind, **said).status == 202
