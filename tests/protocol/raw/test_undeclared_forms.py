"""Forms and reservations say only what the site reads, unless they declare the file."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from submissions.models import Submission
from tests.protocol.raw.ordinary import CLIENTS, FIELDS, USED, invented
from tests.protocol.raw.sending import part
from tests.protocol.tus.serving import Sender, encoded
from tests.protocol.tus.world import CSRF


class Form:
    """An entry form by hand."""

    def __init__(self, ada: Sender, competition: Any, picture: bytes) -> None:
        self.ada = ada
        self.path = f"/competitions/{competition.slug}/enter/"
        self.competition, self.picture = competition, picture
        self.file_name, self.kind = "a.jpg", "image/jpeg"

    def send(
        self,
        *more: str,
        query: str = "",
        head: str = "",
        fields: dict[str, str] | None = None,
        after: dict[str, str] | None = None,
        **headers: str,
    ) -> Any:
        """``more`` are names of fields, ``head`` is a line of the file's part.

        ``after`` are fields behind the file.
        """
        words = {
            "title": "Dusk",
            "accept_rules": "on",
            "idempotency_key": "form-key-1",
            **dict.fromkeys(more, "0"),
            **(fields or {}),
        }
        parts, behind = parts_of(words), parts_of(after or {})
        file = f'name="file"; filename="{self.file_name}"{head}'
        file += f"\r\nContent-Type: {self.kind}"
        file_part = part(file, self.picture)
        body = b"".join([*parts, file_part, *behind]) + b"--edge--\r\n"
        usual = {
            "Tus_Resumable": None,
            "Accept": "application/json",
            "Content_Type": "multipart/form-data; boundary=edge",
        }
        return self.ada.ask("POST", self.path + query, body, **(usual | headers))


def parts_of(fields: dict[str, str]) -> list[bytes]:
    return [part(f'name="{name}"', text.encode()) for name, text in fields.items()]


@pytest.fixture
def form(ada, competition, picture) -> Form:
    return Form(ada, competition, picture)


def refusals(replies: dict[str, Any]) -> set[tuple[int, str]]:
    return {(reply.status, reply.code) for reply in replies.values()}


def test_a_form_with_a_field_that_it_does_not_have_is_refused(form):
    replies = {name: form.send(name) for name in FIELDS}
    assert refusals(replies) == {(400, "unknown_field")}
    assert all(name in reply.json["detail"] for name, reply in replies.items())
    assert not Submission.objects.exists()


@pytest.mark.parametrize("value", ["0", "all"])
def test_a_field_behind_the_file_that_may_name_a_part_is_refused(value, form):
    names = [*FIELDS, *invented(30), "sha256", "Content-MD5", "fileHash"]
    replies = {name: form.send(after={name: value}) for name in names}
    behind = {"sha256": (400, "fields_after_file")}
    for name, reply in replies.items():
        expected = behind.get(name, (400, "unknown_field"))
        assert (reply.status, reply.code) == expected, name
    assert not Submission.objects.filter(received_at__isnull=False).exists()


def test_the_button_behind_the_file_is_ignored(form):
    assert form.send(after={"submit": "Enter your work", "save": "1"}).status == 202
    known = form.send(after={"description": "lost"}, fields={"again": "on"})
    assert (known.status, known.code) == (400, "fields_after_file")


def test_a_form_with_a_header_that_is_not_known_is_refused(form):
    names = [*USED, *invented(10), "Content-Digest", "Repr-Digest", "chunk_index"]
    replies = {name: form.send(Origin=f"{form.ada.url}\r\n{name}: 1") for name in names}
    of_tus = {name: replies.pop(name) for name in ("Upload-Offset", "Upload-Length")}
    assert refusals(replies) == {(400, "undeclared_file")}
    assert refusals(of_tus) == {(400, "partial_content")}
    assert not Submission.objects.exists()


def test_a_form_whose_file_has_a_header_that_is_not_known_is_refused(form):
    names = [*USED, *invented(10), "Content-Digest", "Content-MD5", "Digest", "Range"]
    replies = {name: form.send(head=f"\r\n{name}: 1") for name in names}
    replies |= {
        name: form.send(head=f"; {name}=1") for name in FIELDS if name != "name"
    }
    assert refusals(replies) == {(400, "unknown_part_header")}
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    "size",
    [
        '"7,296"',
        "7296B",
        "+7296",
        "-7275",
        "7296.0",
        "0x1c6b",
        '"72\\75"',
        '""',
        "9; size=4",
    ],
)
def test_a_size_that_is_not_one_number_is_refused(size, form):
    assert form.send(head=f"; size={size}").code == "malformed_form"


def test_a_quote_that_is_left_over_is_refused(form):
    form.file_name = 'C:\\d\\"; size=7275; name="file'
    assert form.send().code == "malformed_form"
    form.file_name = 'my \\"work\\".jpg'
    assert form.send().status == 202


@pytest.mark.parametrize(
    "kind",
    [
        "application/partial-upload", "application/offset+octet-stream",
        "application/vnd.chunk", "image/jpeg, multipart/byteranges",
        "application/http", "image/jpeg; size=7296",
        "image/jpeg\r\nContent-Type: image/jpeg",
    ],
)  # fmt: skip
def test_a_file_of_a_type_that_is_none_of_a_file_is_refused(kind, form):
    form.kind = kind
    assert form.send().code in ("unknown_part_header", "malformed_form")
    assert not Submission.objects.exists()


def test_a_digest_that_a_repeated_form_adds_is_compared(form, picture):
    form.picture = b"notes, no picture"
    assert form.send().code == "invalid_entry"
    form.picture = picture[:4000]
    fields = {"sha256": hashlib.sha256(picture).hexdigest()}
    assert form.send(fields=fields).code == "sha256_mismatch"
    form.picture = picture
    assert form.send(fields=fields).status == 202


@pytest.mark.parametrize(
    "said",
    [{"Upload_Length": "100004"}, {"Content_Disposition": "inline; size=100004"}],
)
def test_a_form_whose_request_states_a_size_is_refused(said, form, picture):
    fields = {"sha256": hashlib.sha256(picture).hexdigest()}
    assert form.send(fields=fields, **said).status == 400
    assert not Submission.objects.exists()


def test_a_reservation_takes_no_field_as_a_file(ada, competition):
    body = part('name="size"; filename="size.txt"', b"7296") + b"--edge--\r\n"
    reply = ada.ask(
        "POST",
        f"/competitions/{competition.slug}/tickets/",
        part('name="title"', b"Dusk") + body,
        Content_Type="multipart/form-data; boundary=edge",
    )
    assert (reply.status, reply.code) == (400, "file_in_ticket")


def test_a_form_is_not_taken_for_pieces_of_another_length(form, picture):
    """The key of the form is that of a reservation whose pieces have a length."""
    said = {"title": "Dusk", "accept_rules": True, "idempotency_key": "form-key-1"}
    token = form.ada.reserve(form.competition, **said)["token"]
    metadata = f"ticket {encoded(token)}"
    assert form.ada.create(len(picture), Upload_Metadata=metadata).status == 201
    form.picture = picture[:4000]
    assert form.send().code == "length_fixed"
    form.picture = picture
    assert form.send().status == 202


def test_a_form_with_a_parameter_that_is_not_known_is_refused(form):
    replies = {name: form.send(query=f"?ticket=x&{name}=0") for name in FIELDS}
    replies["kind"] = form.send(
        Content_Type="multipart/form-data; boundary=edge; chunk=1"
    )
    assert refusals(replies) == {(400, "undeclared_file")}
    assert not Submission.objects.exists()


def test_a_form_that_declares_its_file_needs_no_guess(form, picture):
    fields = {"sha256": hashlib.sha256(picture).hexdigest()}
    form.picture = picture[:4000]
    assert form.send(fields=fields, X_Part="1").code == "sha256_mismatch"
    form.picture = picture
    assert form.send(fields=fields, query="?start=0").code == "undeclared_file"
    assert form.send(fields=fields, X_Part="1").status == 202


@CLIENTS
def test_the_form_of_an_ordinary_client_is_taken(said, form):
    headers = {name.replace("-", "_"): value for name, value in said.items()}
    assert form.send(**{"Accept": "application/json", **headers}).status == 202


@pytest.mark.parametrize(
    "query", ["?ticket=x&why=busy", "?again=1&utm_source=a&fbclid=b"]
)
def test_the_form_of_a_page_with_parameters_is_taken(query, form):
    fields = {
        "csrfmiddlewaretoken": CSRF,
        "alt_text": "",
        "description": "",
        "sha256": "",
    }
    fields |= {"category": "", "again": ""}
    head = "\r\nContent-Transfer-Encoding: binary\r\nContent-Length: 100004"
    assert form.send(fields=fields, query=query, head=head).status == 202


def test_the_page_sends_no_parameters_of_its_address(form):
    """Those of a link, of which nothing is known, must not cost an entry."""
    page = form.ada.ask("GET", f"{form.path}?from=a&x=1")
    assert f'action="{form.path}"' in page.body.decode()


@pytest.mark.parametrize(
    ("said", "query", "headers"),
    [
        ({"fileSize": "9"}, "", {}),
        ({"chunk": "0"}, "", {}),
        ({}, "?chunk=0", {}),
        ({}, "", {"X_Upload_Content_Length": "7275000"}),
    ],
)
def test_a_reservation_without_a_size_says_nothing_else(
    said, query, headers, ada, competition
):
    assert reserve(ada, competition, query, said, headers).code == "undeclared_file"
    assert not Submission.objects.exists()
    assert (
        reserve(ada, competition, query, {**said, "size": "9"}, headers).status == 201
    )


@pytest.mark.parametrize("name", ["size", "sha256"])
def test_a_reservation_says_each_field_once_and_in_its_body(name, ada, competition):
    said = {"size": "9"}
    assert reserve(ada, competition, f"?{name}=7", said, {}).code == "field_in_query"
    body = b"title=Dusk&accept_rules=on&size=7296&size=4000"
    form = "application/x-www-form-urlencoded"
    path = f"/competitions/{competition.slug}/tickets/"
    assert ada.ask("POST", path, body, Content_Type=form).code == "field_twice"


def reserve(
    ada: Sender, competition: Any, query: str, said: dict[str, str], headers: Any
) -> Any:
    fields = {"title": "Dusk", "accept_rules": "on", "filename": "a.jpg", **said}
    body = b"".join(
        part(f'name="{name}"', text.encode()) for name, text in fields.items()
    )
    return ada.ask(
        "POST",
        f"/competitions/{competition.slug}/tickets/{query}",
        body + b"--edge--\r\n",
        Content_Type="multipart/form-data; boundary=edge",
        **headers,
    )
