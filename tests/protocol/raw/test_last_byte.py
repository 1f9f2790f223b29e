"""The last byte and what ends its upload, at once: one comes first, and both know."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from socket import socket
from typing import Any

import pytest
from django.db import transaction

from competitions.models import Competition
from mycenas.core.db import database
from mycenas.core.http.errors import LostRace
from mycenas.core.models import AuditEntry, Mail
from mycenas.storage import Store, store
from submissions.intake import queries
from submissions.mails import RECEIVED
from submissions.models import Submission
from tests.protocol.raw.sending import take_ticket
from tests.protocol.raw.test_upload_address import (
    PIECE,
    deactivated,
    expired,
    withdrawn,
)
from tests.protocol.tus.serving import Reply, Sender
from tests.protocol.tus.world import person

PATIENCE = 60
Race = Callable[..., bool]
ROUNDS = pytest.mark.parametrize(
    "rounds", [3, pytest.param(20, marks=[pytest.mark.trial, pytest.mark.soak])]
)


def out_of_time() -> None:
    """In one transaction: before the acknowledgment or after it, not within it."""
    with transaction.atomic():
        expired()


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> list[threading.Event]:
    """Set when a file has its permanent name, and when its row is about to say so."""
    kept, sent = threading.Event(), threading.Event()
    keep, run = Store.keep, database.run

    def keep_noted(*arguments: Any, **named: Any) -> str:
        name = keep(*arguments, **named)
        kept.set()
        return name

    def run_noted(sql: str, parameters: Any) -> Any:
        if sql == queries.ACKNOWLEDGE:
            sent.set()
        return run(sql, parameters)

    monkeypatch.setattr(Store, "keep", keep_noted)
    monkeypatch.setattr(queries, "run", run_noted)
    return [kept, sent]


@pytest.fixture
def race(served, competition: Competition, picture: bytes, moments) -> Race:
    """Send a file's last byte while ``end`` happens, or another PUT has its last one.

    It happens at the same time, when the file is kept, or when its row is written.
    """

    def race(method: str, end: Callable[[], object] | None, order: int) -> bool:
        for moment in moments:
            moment.clear()
        ada = Sender(served.url, person())
        path = take_ticket(ada, competition, size=len(picture))
        with ExitStack() as lines:
            methods = [method] if end else [method, "PUT"]
            sent = [
                (lines.enter_context(begun(ada, path, one, picture)), one)
                for one in methods
            ]
            with ThreadPoolExecutor(1) as hand:
                gate = threading.Barrier(1 if order else 2)
                first = hand.submit(last, gate, sent[0][0], picture)
                if order:
                    assert moments[order - 1].wait(PATIENCE)
                else:
                    gate.wait(PATIENCE)
                # A withdrawal that comes second must be asked for again.
                with suppress(LostRace):
                    end() if end else sent[1][0].sendall(picture[-1:])
                first.result()
            replies = [Reply(line, one) for line, one in sent]
        return is_true(replies, Submission.objects.latest("pk"), picture)

    return race


def is_true(replies: list[Reply], entry: Submission, picture: bytes) -> bool:
    """Whether the file was acknowledged; it is exactly what the row says."""
    statuses = {reply.status for reply in replies}
    assert statuses <= {202, 204} or statuses <= {403, 410}, statuses
    is_received = entry.received_at is not None
    assert is_received is (statuses <= {202, 204})
    changes = AuditEntry.objects.filter(
        table_name="submissions_submission",
        row_id=entry.pk,
        changes__has_key="received_at",
    )
    mails = Mail.objects.filter(template=RECEIVED, about=entry.pk)
    assert changes.filter(operation="UPDATE").count() == int(is_received)
    assert mails.count() == int(is_received)
    if is_received:
        assert store().original_path(str(entry.original)).read_bytes() == picture
    return is_received


@contextmanager
def begun(ada: Sender, path: str, method: str, picture: bytes) -> Iterator[socket]:
    """A request of which all bytes but the last have been sent."""
    said = {"Content_Length": str(len(picture)), "Expect": "100-continue"}
    said |= PIECE if method == "PATCH" else {}
    with ada.connection() as line:
        line.sendall(ada.head(method, path, **said))
        assert line.recv(100).startswith(b"HTTP/1.1 100 ")
        line.sendall(picture[:-1])
        yield line


def last(gate: threading.Barrier, line: socket, picture: bytes) -> None:
    gate.wait(PATIENCE)
    line.sendall(picture[-1:])


@ROUNDS
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("end", [deactivated, withdrawn, out_of_time, None])
def test_the_last_byte_is_acknowledged_once_or_not_at_all(
    end, method, rounds, race, record_property
):
    outcomes = [race(method, end, turn % 3) for turn in range(rounds)]
    assert end or all(outcomes)
    if rounds > 3:
        record_property("told", f"{sum(outcomes)} of {rounds} came first")
