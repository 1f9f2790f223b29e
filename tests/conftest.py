"""What every test may ask for."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from mycenas.accounts.models import User
from mycenas.core.wake import redis_breaker
from tests.camera import photograph


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove this process's files: workers leave without their exit handlers."""
    shutil.rmtree(settings.DATA_DIR, ignore_errors=True)


@pytest.fixture(autouse=True)
def _ask_redis_again() -> None:
    """A breaker that one test tripped is no matter of the next."""
    redis_breaker.__init__()  # type: ignore[misc]


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    """A small real photograph."""
    return photograph(1, size=(64, 48))


@pytest.fixture
def fresh_cache() -> Iterator[None]:
    """A cache without the counts of earlier tests."""
    forget_counts()
    yield
    forget_counts()


def forget_counts() -> None:
    """Empty this process's part of the cache; ``clear`` would empty everybody's."""
    cache.delete_pattern("*")  # type: ignore[attr-defined]


@pytest.fixture
def signed_in(db: None) -> Callable[[User], Client]:
    """A browser in which the person is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


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
