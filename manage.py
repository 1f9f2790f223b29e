#!/usr/bin/env python
"""Django's command line; schema commands connect as the tables' owner."""

from __future__ import annotations

import os
import sys

OWNER_COMMANDS = frozenset({"migrate", "sqlmigrate", "flush"})


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mycenas.settings")
    owner = os.environ.get("DATABASE_OWNER_URL")
    if owner and len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        os.environ["DATABASE_URL"] = owner
    # Only now: settings read the environment when they are loaded.
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
