"""An upload's URL as a canary: whatever its requests end in, nothing else holds it."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from redis import Redis

from mycenas.staff.exports.states import ExportState as X
from mycenas.storage import store
from submissions.models import Upload
from submissions.models.entry import new_token
from tests.database.tools import raw, rows
from tests.factories import ExportFactory
from tests.protocol.raw.sending import begin_put, put, take_ticket
from tests.protocol.tus.serving import Sender
from tests.protocol.tus.sites import production
from tests.protocol.tus.world import JPEG_HEAD, contest, person

pytestmark = [
    pytest.mark.trial,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]
PICTURE = JPEG_HEAD + bytes(60_000)
# Where the secret has to be: the row that the URL finds, and its old one.
HOMES = {"submissions_upload"}
MASKED = '"PUT /uploads/…/ HTTP/1.1" {}'


class Canary:
    """Asks for upload URLs and lets requests to them fail in every way."""

    def __init__(self, listener: socket.socket) -> None:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.ada, self.place = Sender(address, person()), contest()
        self.secrets: list[str] = []
        self.path, self.unknown = "", new_token()

    def ticket(self) -> str:
        key = f"canary-key-{len(self.secrets)}"
        path = take_ticket(
            self.ada, self.place, idempotency_key=key, size=len(PICTURE), again="on"
        )
        self.secrets.append(path.split("/")[2])
        return path

    def fail(self) -> dict[int, int]:
        """The status of each request, by the one that it should have."""
        ended, broken, cut, path = (self.ticket() for _ in range(4))
        self.path = path
        self.secrets.append(self.unknown)
        unknown = f"/uploads/{self.unknown}/"
        assert self.ada.ask("DELETE", ended).status == 204
        assert self.ada.patch(broken, PICTURE[:9], 0).status == 204
        with lost_part(broken):
            failed = self.ada.patch(broken, PICTURE[9:20], 9).status
        with self.ada.connection() as line:
            begin_put(self.ada, line, cut, Content_Length=str(len(PICTURE)))
            line.sendall(PICTURE[:-1])
        with self.ada.connection() as line:
            line.sendall(f"PUT {path} HTTP/9 ?\r\n\r\n".encode())
            assert b" 400 " in line.recv(1000)
        digest = "sha-256=:zzz:"
        return {
            400: put(self.ada, path, PICTURE, Content_Digest=digest).status,
            404: put(self.ada, unknown, PICTURE).status,
            405: self.ada.ask("GET", f"{path}?next={path}", Referer=path).status,
            409: self.ada.patch(path, PICTURE[:9], 7).status,
            410: put(self.ada, ended, PICTURE).status,
            500: failed,
            202: put(self.ada, path, PICTURE).status,
            429: put(self.ada, path, PICTURE).status,
        }


@contextmanager
def lost_part(path: str) -> Iterator[None]:
    """Let the row name a part that no storage has; only the owner can."""
    trigger, check = "upload_keeps_its_part", "upload_part_names_a_file"
    row = Upload.objects.filter(name=path.split("/")[2])
    part = row.get().part
    find = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s"
    ((definition,),) = rows(find, [check])
    table = "ALTER TABLE submissions_upload"
    raw(f"{table} DISABLE TRIGGER {trigger}, DROP CONSTRAINT {check}")
    row.update(part="no name")
    try:
        yield
    finally:
        row.update(part=part)
        raw(f"{table} ADD CONSTRAINT {check} {definition}")
        raw(f"{table} ENABLE ALWAYS TRIGGER {trigger}")


def test_an_uploads_secret_is_nowhere_but_in_its_row(tmp_path):
    log = tmp_path / "log"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        canary = Canary(listener)
        with production(listener, log, PACE_PARTICIPANT="3M/d"):
            statuses = canary.fail()
        gone = "postgres://mycenas@127.0.0.1:1/gone"
        with production(listener, log, DATABASE_URL=gone):
            statuses[503] = put(canary.ada, canary.path, PICTURE).status
    assert list(statuses) == list(statuses.values())
    text = log.read_text()
    for status in (202, 400, 404, 410, 429, 503):
        assert MASKED.format(status) in text
    assert "PATCH /uploads/…/ failed" in text
    assert "could not be looked up" in text
    for kind in ("entries", "journal"):
        ExportFactory(of=canary.place, kind=kind, state=X.DONE)
    assert [one for one in remembered() if "participant" in one]
    for secret in canary.secrets:
        assert secret not in text
        assert holders(secret) == (HOMES if secret != canary.unknown else set())
        assert [one for one in remembered() if secret in one] == []
        assert [path for path in written() if secret.encode() in path] == []


def holders(secret: str) -> set[str]:
    """Tables with a row that has this text in any column: journal and mails are two."""
    tables = rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert ("core_auditentry",) in tables
    query = 'SELECT FROM "{}" AS row WHERE row::text LIKE %s'
    return {one for (one,) in tables if rows(query.format(one), [f"%{secret}%"])}


def remembered() -> Iterator[str]:
    """Keys and values of Redis; messages with their bodies decoded."""
    with Redis.from_url(str(settings.CACHES["default"]["LOCATION"])) as redis:
        for key in redis.scan_iter():
            yield repr(key)
            kind = redis.type(key)
            if kind == b"string":
                yield repr(redis.get(key))
            elif kind == b"list":
                for message in redis.lrange(key, 0, -1):
                    yield repr(message)
                    yield repr(base64.b64decode(json.loads(message)["body"]))
            elif kind == b"hash":
                yield repr(redis.hgetall(key))


def written() -> Iterator[bytes]:
    """Names and contents of all files of the site: staging, exports, originals."""
    for path in Path(store().root).rglob("*"):
        yield bytes(path)
        if path.is_file():
            yield path.read_bytes()
