"""Gives every test run servers, before Django reads its settings.

Plain `pytest`, `make test` and editors start them here. The processes of pytest-xdist
inherit the addresses, and so share the servers of the process that started them.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import ExitStack

import django
import hypothesis
import pytest

from mycenas.embedded.execute import throwaway_servers
from mycenas.embedded.terminal import CannotStart

_servers = ExitStack()
# The same examples in every run, so that a change is judged by what it changed;
# `make soak` draws others. No example fails for a slow machine.
hypothesis.settings.register_profile(
    "fixed", derandomize=True, database=None, deadline=None
)
hypothesis.settings.register_profile(
    "soak", max_examples=5_000, database=None, deadline=None
)
hypothesis.settings.load_profile("fixed")
# All that is imported and collected stays; tests/conftest.py enables it again.
gc.disable()


def _start_servers() -> None:
    def say(name: str, text: str) -> None:
        sys.stderr.write(f"{name:<8} | {text}\n")

    try:
        environment, _guard = _servers.enter_context(throwaway_servers(say))
    except CannotStart as error:
        pytest.exit(str(error), returncode=1)
    os.environ.update(environment)


if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
    _start_servers()
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
# Conftest files import models, and pytest-django sets Django up only after them.
django.setup()


def pytest_unconfigure() -> None:
    """Stop the servers; if this process is killed, their guard stops them."""
    _servers.close()
