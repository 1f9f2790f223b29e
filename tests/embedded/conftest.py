"""Folders that PostgreSQL's account can reach, also when root runs the tests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mycenas.embedded import servers
from mycenas.embedded.servers import Servers


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """An empty data folder with a short path."""
    folder = Path(tempfile.mkdtemp(prefix="mycenas-test-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def database() -> Iterator[Path]:
    """What a first start makes, which takes a second each time; to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="mycenas-test-"))
    no_cache = {"REDIS_URL": "redis://cache.example"}
    with servers.start(folder, environ=no_cache, durable=False):
        pass
    yield folder / "postgres"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def used_dir(data_dir: Path, database: Path) -> Path:
    """A data folder that was started before; for tests of what comes after that."""
    shutil.copytree(database, data_dir / "postgres")
    return data_dir


@pytest.fixture(scope="module")
def shared() -> Iterator[Servers]:
    """Servers for the tests that only look at them."""
    folder = Path(tempfile.mkdtemp(prefix="mycenas-test-"))
    with servers.start(folder, environ={}) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)
