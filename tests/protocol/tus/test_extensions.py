"""Checksum, termination and expiration."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest

from mycenas.storage import store
from submissions.models import Submission, Upload
from submissions.receipts import workflow as receipts
from submissions.states import SubmissionState as S
from tests.protocol.tus.serving import checksum, metadata, path_of
from tests.protocol.tus.world import contest, kept


def part_of(path):
    part = Upload.objects.get(name=path.split("/")[2]).part
    return store().root / "staging" / f"{part}.part"


# --- checksum


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_bytes_with_the_right_checksum_are_taken(ada, new, picture, algorithm):
    path = new(len(picture))
    for start, end in ((0, 50_000), (50_000, len(picture))):
        data = picture[start:end]
        reply = ada.patch(path, data, start, Upload_Checksum=checksum(data, algorithm))
        assert (reply.status, reply.offset) == (204, end)
    assert kept() == picture


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_wrong_checksum_keeps_nothing_of_that_request(ada, new, picture, algorithm):
    path = new(len(picture))
    ada.patch(path, picture[:50_000], 0)
    wrong = checksum(b"other", algorithm)
    reply = ada.patch(path, picture[50_000:], 50_000, Upload_Checksum=wrong)
    assert (reply.status, reply.code) == (460, "checksum_mismatch")
    assert ada.where(path).offset == 50_000
    assert Submission.objects.get().state == S.RESERVED
    right = checksum(picture[50_000:], algorithm)
    reply = ada.patch(path, picture[50_000:], 50_000, Upload_Checksum=right)
    assert reply.status == 204
    assert kept() == picture


def test_a_wrong_checksum_of_many_bytes_keeps_nothing(ada, new, picture):
    data = picture * 90
    path = new(len(data) + 1)
    reply = ada.patch(path, data, 0, Upload_Checksum=checksum(b"other"))
    assert (reply.status, ada.where(path).offset) == (460, 0)


def test_a_cut_request_with_a_checksum_keeps_nothing(ada, new, picture):
    path = new(len(picture))
    with ada.connection() as line:
        line.sendall(
            ada.head(
                "PATCH",
                path,
                Content_Type="application/offset+octet-stream",
                Content_Length=str(len(picture)),
                Upload_Offset="0",
                Upload_Checksum=checksum(picture),
            )
            + picture[:60_000]
        )
    assert ada.where(path).offset == 0


@pytest.mark.parametrize(
    "told",
    [
        "md5 " + "A" * 22 + "==",
        "sha1",
        "sha1 %%",
        "sha1 AAAA",
        "sha256",
        " ",
        f"{checksum(b'a')}\r\nUpload-Checksum: {checksum(b'b')}",
    ],
)
def test_checksums_that_cannot_be_compared_are_refused(ada, new, picture, told):
    path = new(len(picture))
    assert ada.patch(path, picture, 0, Upload_Checksum=told).status == 400
    assert ada.where(path).offset == 0


def test_a_file_that_is_not_the_declared_one_is_not_kept(ada, competition, picture):
    declared = hashlib.sha256(picture).hexdigest()
    ticket = ada.reserve(competition, size=len(picture), sha256=declared)
    path = ticket["upload_url"].removeprefix(ada.url)
    part = part_of(path)
    damaged = picture[:-1] + bytes([picture[-1] ^ 1])
    reply = ada.patch(path, damaged, 0)
    assert (reply.status, reply.code) == (460, "sha256_mismatch")
    assert ada.where(path).offset == 0
    assert not part.exists()
    assert ada.patch(path, picture, 0).status == 204
    assert kept() == picture


def test_a_file_that_is_no_picture_is_not_kept(ada, new):
    path = new(1000)
    reply = ada.patch(path, bytes(1000), 0)
    assert (reply.status, reply.code) == (422, "invalid_entry")
    assert ada.where(path).offset == 0


# --- termination


def test_an_unfinished_upload_can_be_taken_back(ada, new, picture):
    path = new(len(picture))
    ada.patch(path, picture[:50_000], 0)
    part = part_of(path)
    assert part.exists()
    assert ada.ask("DELETE", path).status == 204
    assert ada.where(path).status == 410
    assert ada.patch(path, picture, 0).status == 410
    assert ada.ask("DELETE", path).status == 410
    assert not part.exists()


def test_the_ticket_of_an_upload_taken_back_goes_on(ada, new, picture):
    ada.ask("DELETE", new(len(picture)))
    said = metadata(ticket=Submission.objects.get().token)
    path = path_of(ada.create(len(picture), Upload_Metadata=said))
    assert ada.patch(path, picture, 0).status == 204


def test_a_finished_upload_stays(ada, new, picture):
    path = new(len(picture))
    ada.patch(path, picture, 0)
    assert ada.ask("DELETE", path).status == 409
    assert ada.where(path).offset == len(picture)
    assert kept() == picture


# --- expiration


def test_unfinished_uploads_say_when_they_expire(ada, new, words, picture):
    created = ada.create(len(picture), Upload_Metadata=metadata(**words))
    path = path_of(created)
    until = Upload.objects.get().submission.upload_until.replace(microsecond=0)
    for reply in (created, ada.where(path), ada.patch(path, picture[:10], 0)):
        assert parsedate_to_datetime(reply.headers["Upload-Expires"]) == until
    finished = ada.patch(path, picture[10:], 10)
    assert "Upload-Expires" not in finished.headers


def test_an_expired_upload_is_gone(ada, picture):
    ada.reserve(contest(upload_window=timedelta(milliseconds=1)), size=len(picture))
    path = f"/uploads/{Upload.objects.get().name}/"
    for reply in (ada.where(path), ada.patch(path, picture, 0)):
        assert (reply.status, "Upload-Offset" in reply.headers) == (410, False)
    Submission.objects.get().move(S.EXPIRED)
    assert ada.where(path).status == 410


def test_a_withdrawn_entry_takes_no_more_bytes(ada, new, picture):
    path = new(len(picture))
    ticket = Submission.objects.get()
    receipts.withdraw(ticket, by=ticket.participant)
    assert ada.where(path).status == 410
    assert ada.patch(path, picture, 0).status == 410


def test_a_finished_upload_never_expires(ada, new, picture):
    path = new(len(picture))
    ada.patch(path, picture, 0)
    assert ada.where(path).status == 200


def test_the_sweep_spares_what_may_go_on(ada, new, picture):
    path = new(len(picture))
    ada.patch(path, picture[:50_000], 0)
    store().sweep_staging(-1, partial_files={Upload.objects.get().part})
    assert ada.patch(path, picture[50_000:], 50_000).status == 204
