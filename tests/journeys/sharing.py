"""One site for all processes of a test run: the first starts it and ends it again."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from tests.journeys.people import People, settle
from tests.journeys.stack import Stack, running_stack
from tests.locking import locked

Home = tuple[Stack, People]


@contextmanager
def shared_site(folder: Path) -> Iterator[Home]:
    """A running site and its people; the same for all who name this folder.

    All of them hold the lock of ``users``. Who finds no note of a site starts one, and
    ends it when nobody else holds the lock any more.
    """
    with ExitStack() as leaving:
        with locked(folder / "starting", fcntl.LOCK_EX):
            users = leaving.enter_context(locked(folder / "users", fcntl.LOCK_SH))
            home = noted(folder / "note")
            if home is None:
                home = leaving.enter_context(own_site(folder / "note", users))
        yield home


@contextmanager
def own_site(note: Path, users: int) -> Iterator[Home]:
    """Start a site and leave a note of it, until all its users have gone."""
    with running_stack() as stack:
        people = settle(stack)
        told = {"folder": str(stack.folder), **asdict(people), "taken": ""}
        note.write_text(json.dumps(told))
        try:
            yield stack, people
        finally:
            fcntl.flock(users, fcntl.LOCK_EX)
            note.unlink()


def noted(note: Path) -> Home | None:
    """The site of which somebody has left a note."""
    if not note.exists():
        return None
    told = json.loads(note.read_text())
    stack = Stack(Path(told["folder"]))
    return stack, People(told["staff"], told["guests"], stack.folder / "taken")
