"""A disk that fills up, on a real small file system: bytes wait, arrivals do not."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import pytest

from submissions.intake.workflow import reserve
from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.factories import words
from tests.protocol.raw.sending import begin_put, enter_by_form, put, take_ticket
from tests.protocol.raw.test_refused import WAYS, Way, page
from tests.protocol.tus.serving import MEBIBYTE, Sender
from tests.protocol.tus.world import JPEG_HEAD, contest, kept, person


@pytest.fixture
def small_disk(tmp_path, settings):
    """A file system of 12 MiB that holds the site's files."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place)]
    if (
        sys.platform != "linux"
        or subprocess.run(command, capture_output=True).returncode
    ):
        pytest.skip("mounting a file system is not allowed here")
    settings.DATA_DIR = place
    settings.STORAGE_RESERVE = 2 * MEBIBYTE
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def served(small_disk, served):
    return served


@pytest.fixture
def filler(small_disk):
    """What takes all the room but half a mebibyte."""
    path = small_disk / "filler"
    path.write_bytes(bytes(9 * MEBIBYTE + MEBIBYTE // 2))
    return path


def sized(mebibytes: int) -> bytes:
    return JPEG_HEAD + bytes(mebibytes * MEBIBYTE - len(JPEG_HEAD))


@WAYS
def test_a_full_disk_costs_no_arrival(send: Way, filler, ada, competition):
    reply = send(ada, competition, sized(1))
    assert reply.status == 503
    assert b"no room for this file" in reply.body
    assert reply.headers["Retry-After"] == "300"
    assert reply.headers["RateLimit-Policy"].startswith('"storage";q=')
    arrived = Submission.objects.get().arrived_at
    filler.unlink()
    assert send(ada, competition, sized(1)).status in (202, 204)
    entry = Submission.objects.get()
    assert (entry.state, entry.arrived_at) == (S.RECEIVED, arrived)
    assert kept() == sized(1)


def test_a_form_keeps_its_words_and_says_why(filler, ada, competition):
    reply = enter_by_form(ada, competition, sized(1), accept="text/html")
    assert reply.status == 303
    text = page(ada, reply.headers["Location"])
    assert 'value="Dusk"' in text
    assert "The site had no room for the file." in text
    assert "Your arrival is recorded" in text


def test_promises_without_bytes_take_no_room(served, ada, competition, picture):
    """Eleven accounts announce 704 GB to each competition, and send nothing."""
    large = contest(max_megabytes=2048)
    for _ in range(11):
        idle = person()
        for number in range(32):
            digest = hashlib.sha256(bytes([number])).hexdigest()
            announced = words(size=2000 * MEBIBYTE, sha256=digest)
            reserve(large, announced, by=idle)
    for place in (competition, large):
        key = f"key-for-{place.slug}"
        path = take_ticket(ada, place, size=len(picture), idempotency_key=key)
        assert put(ada, path, picture).status == 202


def test_bytes_that_began_keep_their_room_until_they_end(
    served, ada, competition, picture
):
    bob = Sender(served.url, person())
    first, second = take_ticket(ada, competition), take_ticket(bob, competition)
    with ada.connection() as line:
        length = str(4 * MEBIBYTE)
        begin_put(ada, line, first, Content_Length=length, Expect="100-continue")
        assert line.recv(100).startswith(b"HTTP/1.1 100")
        assert put(bob, second, sized(7)).code == "storage_full"
        other = take_ticket(ada, competition, idempotency_key="another-1")
        assert put(ada, other, sized(1)).code == "storage_share"
        assert put(bob, second, picture).status == 202
        line.sendall(sized(4))
        assert line.recv(100).startswith(b"HTTP/1.1 202")
    assert put(ada, other, sized(1)).status == 202


def test_without_the_rule_the_disk_itself_refuses(filler, ada, competition, settings):
    """The control: nothing is acknowledged that was not stored, in any case."""
    settings.STORAGE_RESERVE = -(2**40)
    path = take_ticket(ada, competition)
    reply = put(ada, path, sized(4))
    assert (reply.status, reply.code) == (503, "storage_failed")
    assert Submission.objects.get().state == S.RESERVED
    filler.unlink()
    assert put(ada, path, sized(4)).status == 202
