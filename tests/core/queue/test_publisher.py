"""Waking a worker: never at the price of an act, and bounded when Redis is ill."""

from __future__ import annotations

import json
import secrets
import threading

import pytest
import redis
from django.conf import settings as site
from django.db import transaction

from mycenas.core.queue.publisher import (
    Message,
    Publisher,
    TaskPublisher,
    enqueue,
    enqueue_on_commit,
    redis_breaker,
    task_publisher,
)

WRITE_URL = "CELERY_BROKER_WRITE_URL"


@pytest.fixture
def number() -> int:
    """Of an entry that nobody else wakes a worker for: the queue is shared."""
    return secrets.randbits(48)


def queued(number: int) -> int:
    """How many messages about it wait in the queue."""
    with redis.Redis.from_url(site.REDIS_URL) as client:
        messages = map(json.loads, client.lrange("celery", 0, -1))
        told = [message["headers"]["argsrepr"] for message in messages]
    return told.count(f"({number},)")


def test_a_message_reaches_the_queue(number):
    assert enqueue("submissions.process", number) is True
    assert queued(number) == 1


def test_a_connection_that_was_ended_is_replaced(number):
    """Valkey was started anew between two messages."""
    line = Publisher()
    assert line.send([("submissions.process", (number,))]) is True
    assert line._producer is not None
    mine = line._producer.connection.default_channel.client.client_id()
    with redis.Redis.from_url(site.REDIS_URL) as client:
        assert client.client_kill_filter(_id=str(mine)) == 1
    assert line.send([("submissions.process", (number,))]) is True
    line.close()
    assert queued(number) == 2


@pytest.fixture(params=["nobody", "silent_server"])
def ill_redis(request, monkeypatch):
    """Redis that is gone, and Redis that takes calls and never answers."""
    port = request.getfixturevalue(
        "free_port" if request.param == "nobody" else "silent_server"
    )
    monkeypatch.setenv(WRITE_URL, f"redis://127.0.0.1:{port}/0")


def test_without_redis_nothing_is_lost_but_the_message(ill_redis, caplog):
    assert enqueue("submissions.process", 1) is False
    assert redis_breaker.is_open
    assert "Could not wake a worker for submissions.process" in caplog.text


def test_after_a_failure_redis_is_left_in_peace(ill_redis, caplog):
    enqueue("submissions.process", 1)
    caplog.clear()
    assert enqueue("submissions.process", 1) is False
    assert caplog.text == ""


@pytest.mark.django_db(transaction=True)
def test_waking_waits_for_the_commit(number):
    with transaction.atomic():
        enqueue_on_commit("submissions.process", number)
        task_publisher.flush()
        assert queued(number) == 0
    task_publisher.flush()
    assert queued(number) == 1


class Notebook(TaskPublisher):
    """Notes what it would send."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Message] = []

    def _flush_batch(self, load: dict[Message, None]) -> None:
        self.sent += load


def test_equal_messages_are_one():
    notebook = Notebook()
    with notebook._changed:
        for _ in range(5):
            notebook.publish("core.send_mail")
    notebook.flush()
    assert notebook.sent == [("core.send_mail", ())]


def test_in_a_rush_only_so_many_wait():
    slow = TaskPublisher()
    slow._thread = threading.current_thread()
    for number in range(500):
        slow.publish("submissions.process", number)
    assert len(slow._waiting) == TaskPublisher.MOST
