"""What one upload passes from the socket to the acknowledgment: files, statements."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

import pytest
from django.db.models import Model
from django.db.models.query_utils import DeferredAttribute
from psycopg import Cursor

from competitions.models import Competition
from mycenas.uploads import patching
from submissions.intake.uploads import UploadRequest
from tests.protocol.raw.sending import enter_by_form, put, take_ticket
from tests.protocol.tus.serving import Reply, Sender, Served
from tests.protocol.tus.world import contest, person

ROOT = Path(__file__).resolve().parents[3]
OURS = tuple(str(ROOT / name) for name in ("mycenas", "competitions", "submissions"))
# The packages of the upload path itself; the rest are helpers of the whole site.
PATH = ("mycenas/uploads/", "submissions/intake/", "mycenas/storage/")


@pytest.fixture
def passed() -> Iterator[set[str]]:
    """Files of the product whose functions run in threads that begin from now on."""
    files: set[str] = set()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        name = frame.f_code.co_filename
        if event == "call" and name.startswith(OURS):
            files.add(name.removeprefix(f"{ROOT}/"))

    threading.setprofile(note)
    yield files
    threading.setprofile(None)


@pytest.fixture
def served(passed, transactional_db, fresh_cache, settings) -> Iterator[Served]:
    settings.WHITENOISE_USE_FINDERS = True
    with Served(stall_seconds=0) as served:
        yield served


Send = Callable[[Sender, Competition, str, bytes], Reply]


def by_form(ada: Sender, place: Competition, _path: str, picture: bytes) -> Reply:
    return enter_by_form(ada, place, picture, idempotency_key="path-key-2")


def by_put(ada: Sender, _place: Competition, path: str, picture: bytes) -> Reply:
    return put(ada, path, picture)


def by_patch(ada: Sender, _place: Competition, path: str, picture: bytes) -> Reply:
    return ada.patch(path, picture, 0)


@pytest.mark.parametrize(
    ("send", "on_path", "in_all"),
    [(by_form, 28, 55), (by_put, 25, 39), (by_patch, 25, 38)],
)
def test_an_upload_passes_few_of_our_files(
    send: Send, on_path: int, in_all: int, passed, served, picture
):
    ada, place = Sender(served.url, person()), contest()
    path = take_ticket(ada, place, size=len(picture))
    passed.clear()
    assert send(ada, place, path, picture).status in (202, 204)
    names = "\n".join(sorted(passed))
    assert len([name for name in passed if name.startswith(PATH)]) <= on_path, names
    assert len(passed) <= in_all, names


@pytest.mark.parametrize(
    ("send", "statements"), [(by_form, 5), (by_put, 2), (by_patch, 2)]
)
def test_an_upload_takes_few_statements_and_changes_threads_twice(
    send: Send, statements: int, monkeypatch: pytest.MonkeyPatch, served, picture
):
    ada, place = Sender(served.url, person()), contest()
    path = take_ticket(ada, place, size=len(picture))
    made = noted(Cursor, "execute", monkeypatch)
    handed = noted(ThreadPoolExecutor, "submit", monkeypatch)
    assert send(ada, place, path, picture).status in (202, 204)
    assert len(made) == statements, made
    assert len(handed) == 2, handed


def test_each_durable_offset_is_one_statement(monkeypatch, served, picture):
    """Beside the one that finds the upload and the one that acknowledges the file."""
    monkeypatch.setattr(patching, "CHECKPOINT_BYTES", 1)
    ada, data = Sender(served.url, person()), picture * 10
    path = take_ticket(ada, contest(), size=len(data))
    made = noted(Cursor, "execute", monkeypatch)
    stored = noted(UploadRequest, "progress", monkeypatch)
    assert ada.patch(path, data, 0).status == 204
    assert len(stored) >= 2
    found, *offsets, _acknowledged = map(str, made)
    assert len(offsets) == len(stored), made
    assert "accounts_user" in found
    assert all("UPDATE submissions_upload" in one for one in offsets), offsets


@pytest.mark.parametrize(("method", "statements"), [("HEAD", 1), ("DELETE", 5)])
def test_an_upload_is_found_by_one_statement(
    method, statements, monkeypatch, served, picture
):
    """The others of DELETE lock the row, so that no acknowledgment comes between."""
    ada = Sender(served.url, person())
    path = take_ticket(ada, contest(), size=len(picture))
    made = noted(Cursor, "execute", monkeypatch)
    assert ada.ask(method, path).status in (200, 204)
    assert len([one for one in made if "accounts_user" in str(one)]) == 1, made
    assert len(made) == statements, made


def noted(owner: type, name: str, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What a method is called with from now on, by any thread."""
    calls: list[object] = []
    act = getattr(owner, name)

    def note(self: object, what: object, *more: object, **named: object) -> object:
        calls.append(what)
        return act(self, what, *more, **named)

    monkeypatch.setattr(owner, name, note)
    return calls


@pytest.mark.parametrize("send", [by_form, by_put, by_patch])
def test_no_column_is_read_by_a_statement_of_its_own(
    send: Send, monkeypatch: pytest.MonkeyPatch, served, picture
):
    """Columns that the SELECT of an upload leaves out must not be needed."""
    ada, place = Sender(served.url, person()), contest()
    path = take_ticket(ada, place, size=len(picture))
    read: list[str] = []
    get = DeferredAttribute.__get__

    def noted(column: DeferredAttribute, row: Model | None, cls: type | None = None):
        if row is not None and column.field.attname not in row.__dict__:
            read.append(str(column.field))
        return get(column, row, cls)

    monkeypatch.setattr(DeferredAttribute, "__get__", noted)
    assert send(ada, place, path, picture).status in (202, 204)
    assert read == []
