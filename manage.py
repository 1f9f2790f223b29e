#!/usr/bin/env python
"""Django's command line; schema commands connect as the tables' owner."""

from __future__ import annotations

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError

OWNER_COMMANDS = frozenset({"migrate", "sqlmigrate", "flush"})
HOW = """\
manage.py reads its settings from environment variables: at least SECRET_KEY,
DATABASE_URL and REDIS_URL. docs/operations.md lists all of them.
With the servers and settings of `make run`, running or not:
  {python} -m mycenas.embedded exec --data-dir var -- {python} manage.py {command}"""
NO_PYTEST = "The tests need pytest. `make setup` installs it."


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else "check"
    if command == "test":
        sys.exit(_run_tests(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mycenas.settings")
    owner = os.environ.get("DATABASE_OWNER_URL")
    writes_states = command == "states" and "--write" in sys.argv
    if owner and (command in OWNER_COMMANDS or writes_states):
        os.environ["DATABASE_URL"] = owner
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"{error}\n{HOW.format(python=sys.executable, command=command)}")
    except OperationalError as error:
        if os.environ.get("DATABASE_URL"):
            raise
        reason = f"DATABASE_URL is not set, and the default does not work: {error}"
        sys.exit(f"{reason}\n{HOW.format(python=sys.executable, command=command)}")


def _run_tests(arguments: list[str]) -> int:
    """Run pytest, which takes paths such as tests/core instead of names of apps."""
    try:
        # Development only: the site runs without it.
        import pytest  # noqa: PLC0415
    except ModuleNotFoundError:
        sys.exit(NO_PYTEST)
    return int(pytest.main(arguments))


if __name__ == "__main__":
    main()
