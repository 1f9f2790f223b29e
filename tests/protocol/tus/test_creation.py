"""Creation, and the extension that is answered but not offered."""

from __future__ import annotations

import functools
import hashlib

import pytest

from submissions.models import Upload
from tests.protocol.raw.sending import ask_ticket, digest
from tests.protocol.tus.serving import BODY_TYPE, Sender, encoded, metadata, path_of
from tests.protocol.tus.world import person

MEBIBYTE = 1024 * 1024


@pytest.fixture
def ticket(ada, competition):
    """Reserve an entry."""
    return functools.partial(ada.reserve, competition)


def with_upload(ada, data, said, **headers):
    told = {
        "Content_Type": BODY_TYPE,
        "Upload_Length": str(len(data)),
        "Upload_Metadata": said,
    }
    return ada.ask("POST", "/uploads/", data, **(told | headers))


# --- creation


def test_creation_answers_with_the_address(ada, words):
    reply = ada.create(1000, Upload_Metadata=metadata(**words))
    upload = Upload.objects.get()
    assert reply.status == 201
    assert reply.headers["Location"] == f"{ada.url}/uploads/{upload.name}/"
    assert reply.offset == 0
    assert "Upload-Expires" in reply.headers
    assert (upload.length, upload.submission.title) == (1000, "Dusk")


def test_metadata_is_not_given_back(ada, words):
    said = metadata(**words, filename="dusk.jpg")
    path = path_of(ada.create(1000, Upload_Metadata=said))
    assert "Upload-Metadata" not in ada.where(path).headers


def test_the_same_reservation_has_one_upload(ada, words):
    first = ada.create(1000, Upload_Metadata=metadata(**words))
    again = ada.create(1000, Upload_Metadata=metadata(**words))
    assert again.headers["Location"] == first.headers["Location"]
    assert ada.create(999, Upload_Metadata=metadata(**words)).code == "length_fixed"


@pytest.mark.parametrize(
    ("length", "status"),
    [
        ("-1", 400),
        ("x", 400),
        ("", 400),
        ("1.5", 400),
        ("9" * 40, 400),
        ("0", 422),
        (str(10**17), 413),
        (str(2049 * MEBIBYTE), 413),
        (str(61 * MEBIBYTE), 413),
    ],
)
def test_lengths_that_cannot_be_are_refused(ada, words, length, status):
    reply = ada.create(None, Upload_Length=length, Upload_Metadata=metadata(**words))
    assert reply.status == status
    assert Upload.objects.get().length is None


@pytest.mark.parametrize("headers", [{"Upload_Defer_Length": "1"}, {}])
def test_a_length_must_be_declared(ada, words, headers):
    reply = ada.create(None, Upload_Metadata=metadata(**words), **headers)
    assert (reply.status, reply.code) == (400, "bad_header")


@pytest.mark.parametrize("said", [None, "", " ", ","])
def test_without_a_ticket_there_is_nothing_to_upload(ada, competition, said):
    reply = ada.create(10, Upload_Metadata=said)
    assert (reply.status, reply.code) == (404, "no_ticket")


@pytest.mark.parametrize(
    "said",
    [
        "title %%%",
        "title RHVzaw",
        "title " + encoded(b"\xff"),
        "title RHVzaw==,title RHVzaw==",
        "ti\xa7tle RHVzaw==",
    ],
)
def test_metadata_that_cannot_be_read_is_refused(ada, words, said):
    reply = ada.create(10, Upload_Metadata=f"{metadata(**words)},x,{said}")
    assert reply.status == 400


def test_an_empty_value_may_leave_out_its_space(ada, words):
    said = f"{metadata(**words)},description,alt_text "
    assert ada.create(10, Upload_Metadata=said).status == 201


def test_huge_metadata_is_refused(ada, words):
    reply = ada.create(10, Upload_Metadata=metadata(**words, note="x" * 30_000))
    assert reply.status == 431


# --- tickets


def test_a_ticket_with_a_size_takes_bytes_at_once(ada, ticket, picture):
    told = ticket(size=len(picture))
    path = told["upload_url"].removeprefix(ada.url)
    assert ada.where(path).headers["Upload-Length"] == str(len(picture))
    reply = ada.patch(path, picture, 0)
    assert (reply.status, reply.headers["Mycenas-Token"]) == (204, told["token"])


def test_a_ticket_as_metadata_leads_to_its_upload(ada, ticket, picture):
    told = ticket(size=len(picture))
    said = metadata(ticket=told["token"], filename="dusk.jpg")
    reply = ada.create(len(picture), Upload_Metadata=said)
    assert reply.headers["Location"] == told["upload_url"]
    assert Upload.objects.get().file_name == "dusk.jpg"


def test_a_received_file_has_no_other_length(ada, ticket, picture):
    told = ticket()
    path = told["upload_url"].removeprefix(ada.url)
    assert ada.ask("PUT", path, picture, Tus_Resumable=None).status == 202
    said = metadata(ticket=told["token"])
    other = ada.create(len(picture) + 1, Upload_Metadata=said)
    assert (other.status, other.code) == (409, "received")
    assert ada.create(len(picture), Upload_Metadata=said).status == 201


@pytest.mark.parametrize(
    "name",
    ["Repr-Digest", "Content-Digest", "Content-MD5", "X-Checksum-Sha1", "OC-Checksum"],
)
def test_a_digest_that_is_not_compared_is_refused(name, ada, words, picture):
    said = {name.replace("-", "_"): digest(picture)}
    reply = ada.create(len(picture), Upload_Metadata=metadata(**words), **said)
    assert (reply.status, reply.code) == (400, "bad_header")


@pytest.mark.parametrize("name", ["sha256", "SHA-256", "checksum", "file_md5", "hash"])
def test_a_digest_in_the_metadata_is_refused(name, ada, words, picture):
    """Nothing would compare it, neither at the creation nor with the bytes."""
    said = metadata(**words, **{name: hashlib.sha256(picture).hexdigest()})
    reply = ada.create(len(picture), Upload_Metadata=said)
    assert (reply.status, reply.code) == (400, "bad_header")
    assert name in reply.json["detail"]
    assert "sha256 with its reservation" in reply.json["detail"]
    path = path_of(ada.create(len(picture), Upload_Metadata=metadata(**words)))
    sent = ada.patch(path, picture, 0, Upload_Metadata=said)
    assert (sent.status, sent.code) == (400, "bad_header")
    assert ada.patch(path, picture, 0).status == 204


def test_a_digest_by_another_name_than_sha256_makes_no_ticket(ada, competition):
    for name in ("sha1", "checksum", "Content-MD5"):
        said = {"size": 1000, name: "0" * 40}
        reply = ask_ticket(ada, competition, **said)
        assert (reply.status, reply.code) == (400, "unused_digest")
    assert not Upload.objects.exists()


def test_a_ticket_without_a_size_learns_it_once(ada, ticket, picture):
    told = ticket()
    path = told["upload_url"].removeprefix(ada.url)
    head = ada.where(path)
    assert "Upload-Length" not in head.headers
    assert ada.patch(path, picture, 0).code == "length_unknown"
    said = metadata(ticket=told["token"])
    assert ada.create(len(picture), Upload_Metadata=said).status == 201
    assert ada.create(7, Upload_Metadata=said).code == "length_fixed"
    assert ada.patch(path, picture, 0).status == 204


def test_another_length_than_the_ticket_announced_is_refused(ada, ticket):
    said = metadata(ticket=ticket(size=1000)["token"])
    assert ada.create(999, Upload_Metadata=said).code == "size_mismatch"


def test_tickets_of_others_and_made_up_ones_are_not_found(ada, served, ticket):
    eve = Sender(served.url, person())
    for token in (ticket(size=10)["token"], "x" * 32, "", "x" * 5000):
        assert eve.create(10, Upload_Metadata=metadata(ticket=token)).status == 404


# --- bytes along with it


FOREIGN = pytest.mark.parametrize(
    "said",
    [
        {"Upload_Concat": "partial"},
        {"Upload_Defer_Length": "1"},
        {"Upload_Complete": "?1"},
        {"Upload_Incomplete": "?0"},
        {"Content_Range": "bytes 0-3999/100004"},
    ],
)


@FOREIGN
def test_an_upload_of_an_extension_that_is_not_offered_is_refused(ada, words, said):
    assert ada.create(1000, Upload_Metadata=metadata(**words), **said).status == 400
    assert Upload.objects.get().length is None


@FOREIGN
def test_a_piece_of_an_extension_that_is_not_offered_is_refused(
    ada, new, picture, said
):
    path = new(len(picture))
    assert ada.patch(path, picture, 0, **said).status == 400
    assert ada.where(path).offset == 0


def test_a_piece_of_an_upload_of_another_length_is_refused(ada, new, picture):
    path = new(4000)
    reply = ada.patch(path, picture[:4000], 0, Upload_Length=str(len(picture)))
    assert (reply.status, reply.code) == (409, "length_fixed")
    assert ada.where(path).offset == 0
    assert ada.patch(path, picture[:4000], 0, Upload_Length="4000").status == 204


def test_bytes_along_are_not_taken(ada, words, picture):
    """A client that knows the extensions does not send them."""
    reply = with_upload(ada, picture, metadata(**words))
    assert reply.status == 201
    assert ada.where(path_of(reply)).offset == 0
