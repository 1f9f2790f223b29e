"""Many files for a bucket at once, and pages beside them."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings

from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.protocol.raw.sending import put, take_ticket
from tests.protocol.tus.serving import Sender
from tests.protocol.tus.sites import site
from tests.protocol.tus.world import JPEG_HEAD, contest, person
from tests.seaweed import BUCKET, KEY, REGION, SECRET

pytestmark = pytest.mark.trial

FILES = 32
PAGES = 8
PATIENCE = 60


@pytest.fixture
def environment(proxy, monkeypatch) -> None:
    """A process of its own reaches the bucket through the proxy."""
    for name, value in {
        "S3_BUCKET": BUCKET,
        "S3_REGION": REGION,
        "S3_ENDPOINT_URL": proxy.url,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
    }.items():
        monkeypatch.setenv(name, value)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("fresh_cache", "environment")
def test_pages_answer_during_and_after_many_uploads(proxy):
    competition = contest()
    with (
        socket.create_server(("127.0.0.1", 0), backlog=100) as listener,
        site(listener),
        ThreadPoolExecutor(FILES + PAGES) as threads,
    ):
        ada = Sender(f"http://127.0.0.1:{listener.getsockname()[1]}", person())
        keys = [f"rush-key-{number}" for number in range(FILES)]
        tickets = [take_ticket(ada, competition, idempotency_key=key) for key in keys]
        proxy.mood = "waits"
        sending = [
            threads.submit(put, ada, path, JPEG_HEAD + bytes([number]))
            for number, path in enumerate(tickets)
        ]
        for _ in range(settings.BUCKET_COMMIT_THREADS):
            assert proxy.held.acquire(timeout=PATIENCE)
        assert statuses(threads, ada, competition) == [200] * PAGES
        proxy.released.set()
        assert [upload.result().status for upload in sending] == [202] * FILES
        # Threads that keep files have had a connection by now, each its own.
        assert statuses(threads, ada, competition) == [200] * PAGES
    assert Submission.objects.filter(state=S.RECEIVED).count() == FILES


def statuses(threads: ThreadPoolExecutor, ada: Sender, competition) -> list[int]:
    """What so many visitors get who ask at once."""
    path = f"/competitions/{competition.slug}/"
    asking = [threads.submit(ada.ask, "GET", path) for _ in range(PAGES)]
    return [asked.result().status for asked in asking]
