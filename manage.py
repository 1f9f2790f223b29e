#!/usr/bin/env python
"""Django's command line; schema commands connect as the tables' owner."""

from __future__ import annotations

import os
import sys

OWNER_COMMANDS = frozenset({"migrate", "sqlmigrate", "flush"})


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mycenas.settings")
    owner = os.environ.get("DATABASE_OWNER_URL")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    writes_states = command == "states" and "--write" in sys.argv
    if owner and (command in OWNER_COMMANDS or writes_states):
        os.environ["DATABASE_URL"] = owner
    # Only now: settings read the environment when they are loaded.
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
