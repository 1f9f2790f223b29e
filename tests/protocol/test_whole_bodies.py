"""A body that is a part, encoded or wrapped is never taken for the thing itself."""

from __future__ import annotations

import gzip

import pytest

from mycenas.uploads.requests import Limits
from tests.serving import (
    BOUNDARY,
    MEBIBYTE,
    Served,
    field,
    file_part,
    form,
    head,
)

FORM = form(field("title", "Dusk"), file_part(b"pixels"))
WAYS = (
    ("PUT", "/uploads/any/"),
    ("PATCH", "/uploads/any/"),
    ("POST", "/uploads/"),
    ("POST", "/competitions/any/enter/"),
    ("POST", "/competitions/any/tickets/"),
    ("POST", "/accounts/login/"),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bodies")
    with Served(folder, limits=Limits(upload_bytes=MEBIBYTE)) as served:
        yield served


@pytest.fixture
def served(server):
    """One server for all tests, which forgets what the one before has asked."""
    server.site.calls.clear()
    return server


def refused(served, method, path, data, **headers):
    reply = served.ask(
        head(method, path, Content_Length=str(len(data)), **headers), data
    )
    assert served.site.calls == []
    return reply


@pytest.mark.parametrize(("method", "path"), WAYS)
@pytest.mark.parametrize("value", ["bytes 0-3999/7275", "bytes 0-5/6", "nonsense"])
def test_a_part_is_not_taken_for_the_whole(served, method, path, value):
    reply = refused(served, method, path, b"pixels", Content_Range=value)
    assert reply.status == 400
    assert b"Content-Range" in reply.body


@pytest.mark.parametrize(("method", "path"), WAYS)
@pytest.mark.parametrize("value", ["gzip", "br", "identity, gzip", "X-Unknown"])
def test_an_encoded_body_is_refused(served, method, path, value):
    data = gzip.compress(b"pixels")
    reply = refused(served, method, path, data, Content_Encoding=value)
    assert reply.status == 415
    assert reply.headers["Accept-Encoding"] == "identity"


def test_identity_is_no_encoding(served):
    assert served.enter("any", FORM, Content_Encoding="identity").status < 400


@pytest.mark.parametrize("kind", ["form-data; boundary=b", "byteranges; boundary=b"])
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_wrapped_file_is_refused(served, method, kind):
    kind = f"multipart/{kind}"
    reply = refused(served, method, "/uploads/any/", FORM, Content_Type=kind)
    assert reply.status == 415


@pytest.mark.parametrize(
    "line",
    [
        "Content-Encoding: gzip",
        "Content-Transfer-Encoding: base64",
        "content-transfer-encoding: quoted-printable",
        "Content-Range: bytes 0-5/9",
        "X-Content-Range: bytes 0-5/9",
        "X-Content-Encoding: gzip",
    ],
)
@pytest.mark.parametrize("name", ['file"; filename="work.png', "description"])
def test_an_encoded_part_is_refused(served, name, line):
    opening = f'Content-Disposition: form-data; name="{name}"\r\n{line}\r\n\r\n'
    part = f"--{BOUNDARY}\r\n{opening}cGl4ZWxz\r\n".encode()
    reply = served.enter("any", form(field("title", "Dusk"), part))
    assert reply.status == 400
    assert b"encoded" in reply.body
    assert served.left_in_staging() == []


def test_parts_as_they_are_may_say_so(served):
    line = "Content-Transfer-Encoding: Binary"
    opening = f'Content-Disposition: form-data; name="file"; filename="a"\r\n{line}'
    part = f"--{BOUNDARY}\r\n{opening}\r\n\r\npixels\r\n".encode()
    assert served.enter("any", form(field("title", "Dusk"), part)).status < 400
