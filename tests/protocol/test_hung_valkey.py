"""A real Valkey that hangs: it is asked once and left in peace. Counted, not timed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core.cache import caches
from django.test import Client
from redis.backoff import ConstantBackoff
from redis.connection import AbstractConnection
from redis.retry import Retry

from mycenas.core.queue.publisher import enqueue, redis_breaker
from mycenas.embedded.programs import find_valkey
from mycenas.uploads.rate_limit import rate_counter
from tests.factories import CompetitionFactory, UserFactory
from tests.forms import post_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def valkey():
    """A server of one's own that may be halted; its process and address."""
    folder = Path(tempfile.mkdtemp(prefix="mycenas-", dir="/tmp"))
    place = folder / "socket"
    options = ["--port", "0", "--unixsocket", str(place), "--save", ""]
    process = subprocess.Popen(
        [str(find_valkey()), *options], stdout=subprocess.DEVNULL, cwd=folder
    )
    try:
        patient = Retry(ConstantBackoff(0.05), 600)
        with redis.Redis(unix_socket_path=str(place), retry=patient) as client:
            client.ping()
        yield process, place
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def site(valkey, settings, monkeypatch):
    """A signed-in browser on a site that uses this server for everything."""
    _process, place = valkey
    address = f"unix://{place}?db=0"
    settings.CACHES = {
        name: {**cache, "LOCATION": address} for name, cache in settings.CACHES.items()
    }
    broker = f"redis+socket://{place}?virtual_host=0"
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", broker)
    client = Client()
    client.force_login(UserFactory())
    yield client
    for cache in caches.all():
        cache.close()


@pytest.fixture
def asked(valkey, monkeypatch):
    """What has been sent to the server, or was tried to."""
    _process, place = valkey
    sent: list[Any] = []
    send = AbstractConnection.send_packed_command

    def count(connection, command, *more, **options):
        if getattr(connection, "path", "") == str(place):
            sent.append(command)
        return send(connection, command, *more, **options)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", count)
    return sent


def enter(client, competition, number):
    words = {
        "title": f"Dusk {number}",
        "accept_rules": "on",
        "idempotency_key": f"valkey-key-{number}",
    }
    answer = post_form(client, competition, words, size=1_000_000)
    assert answer.status_code == 204
    rate_counter.flush()
    enqueue("submissions.process", number)


def test_a_hung_valkey_costs_one_question_and_then_nothing(valkey, site, asked, caplog):
    process, _place = valkey
    competition = CompetitionFactory(state="open", max_entries=50)
    enter(site, competition, 1)
    healthy = len(asked)
    assert healthy > 1
    os.kill(process.pid, signal.SIGSTOP)
    enter(site, competition, 2)
    assert redis_breaker.is_open
    assert len(asked) == healthy + 1
    for number in range(3, 8):
        enter(site, competition, number)
    assert len(asked) == healthy + 1


def test_the_first_to_wake_a_worker_pays_for_the_others_too(
    valkey, site, asked, caplog
):
    process, _place = valkey
    assert enqueue("submissions.process", 1)
    healthy = len(asked)
    os.kill(process.pid, signal.SIGSTOP)
    assert not enqueue("submissions.process", 2)
    tried = len(asked)
    competition = CompetitionFactory(state="open", max_entries=50)
    for number in range(3, 6):
        enter(site, competition, number)
    assert healthy <= tried == len(asked)


def test_a_valkey_that_is_back_is_asked_again(valkey, site, asked, caplog):
    process, _place = valkey
    competition = CompetitionFactory(state="open", max_entries=50)
    os.kill(process.pid, signal.SIGSTOP)
    enter(site, competition, 1)
    os.kill(process.pid, signal.SIGCONT)
    redis_breaker._closes_at = 0
    before = len(asked)
    enter(site, competition, 2)
    assert len(asked) > before
    assert not redis_breaker.is_open
