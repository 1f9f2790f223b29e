"""What every test may ask for."""

from __future__ import annotations

import gc
import os
import secrets
import shutil
import socket
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.db.backends.postgresql.creation import DatabaseCreation
from django.test import Client
from django_redis.cache import RedisCache

from mycenas.accounts.models import User
from mycenas.core.queue.publisher import redis_breaker
from mycenas.uploads.rate_limit import rate_counter
from tests.camera import photograph
from tests.dropping import drop_database
from tests.migrated import migrated_database
from tests.sessions import client_of

TESTS = Path(__file__).parent
# What waits longest, for whole sites and browsers: folders and files, longest first.
# The first of the journeys starts the site that the others find.
LONGEST = (
    "journeys/test_pages.py",
    "faults",
    "protocol/tus/test_client.py",
    "journeys/test_from_draft_to_winner.py",
    "journeys/test_object_storage.py",
    "journeys/test_handover.py",
    "journeys/test_backup.py",
    "storage/test_bucket.py",
    "embedded/test_run.py",
    "pictures/test_colors.py",
    "protocol/tus/test_page.py",
    "accounts/test_passkeys.py",
    "fuzz",
    "upgrade",
    "imaging/test_rendering.py",
    "competitions/test_admin.py",
    "pictures/test_profiles.py",
    "siege",
    "benchmarks",
    "staff/test_role_matrix.py",
    "submissions/test_admin.py",
    "storage",
    "imaging",
    "campaigns",
    "protocol",
    "core/http",
    "accounts",
    "database",
    "submissions",
    "staff",
    "races",
    "embedded",
    "journeys",
    "demo",
    "competitions",
    "core",
)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove this process's files: workers leave without their exit handlers."""
    shutil.rmtree(settings.DATA_DIR, ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what waits longest: at the end it would keep all cores waiting."""
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    return _rank_of_file(item.path)


@cache
def _rank_of_file(path: Path) -> int:
    place = path.relative_to(TESTS)
    ranks = (rank for rank, name in enumerate(LONGEST) if place.is_relative_to(name))
    return next(ranks, len(LONGEST))


def pytest_collection_finish() -> None:
    """What is imported by now stays: let no garbage collection walk through it."""
    gc.enable()
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have to tell beside passing, from all processes."""
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == "told" and report.when == "call":
                terminalreporter.write_line(f"{report.nodeid}: {text}")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Of several processes only one migrates; the others copy its database."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        yield
        return
    folder = tmp_path_factory.getbasetemp().parent
    with migrated_database(folder, django_db_blocker) as name:
        connection.settings_dict["TEST"]["TEMPLATE"] = name
        yield


def _drop_database(creation: Any, name: str, verbosity: int) -> None:
    with creation._nodb_cursor() as cursor:
        drop_database(cursor, name)


# Of the class: tests may have replaced the connection that made the database.
DatabaseCreation._destroy_test_db = _drop_database  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _ask_redis_again() -> None:
    """What one test counted and whether Redis answered it is no matter of the next."""
    rate_counter.flush()
    redis_breaker.__init__()  # type: ignore[misc]


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    """A small real photograph."""
    return photograph(1, size=(64, 48))


@pytest.fixture
def fresh_cache() -> None:
    """A cache without the counts of earlier tests; those of other workers stay."""
    cast(RedisCache, caches["pace"]).delete_pattern("*")
    rate_counter._counts.clear()


@pytest.fixture
def signed_in(db: None) -> Callable[[User], Client]:
    """A browser in which the person is signed in."""
    return client_of


@pytest.fixture
def free_port() -> Iterator[int]:
    """A port where nobody answers: bound by us, not listened to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def silent_server() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(params=["free_port", "silent_server"])
def ill_redis(request, settings):
    """Gone (it refuses connections), or silent (it accepts them and never replies)."""
    port = request.getfixturevalue(request.param)
    pace = {**settings.CACHES["pace"], "LOCATION": f"redis://127.0.0.1:{port}/0"}
    settings.CACHES = {**settings.CACHES, "pace": pace}
    yield
    rate_counter.flush()
    caches["pace"].close()


@pytest.fixture
def nothing_counted(settings: Any) -> None:
    """The limits by address as if no other test had come from this one."""
    prefix = {"KEY_PREFIX": secrets.token_hex(8)}
    settings.CACHES = {n: {**cache, **prefix} for n, cache in settings.CACHES.items()}
