from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from mycenas.core.audit.actor import acting
from mycenas.core.http.errors import ProblemError
from mycenas.demo.seed import is_seeded, seed, seed_people
from mycenas.demo.visitor import SiteRefused


class Command(BaseCommand):
    help = "Fills a running site with demonstration data, through its own pages."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base-url", default="http://127.0.0.1:8000")

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get("DEMO_PASSWORD", "")
        if not password:
            raise CommandError("Set DEMO_PASSWORD to the password for the demo people.")
        try:
            self._complete(options["base_url"], password)
        except (SiteRefused, OSError, OperationalError, ProblemError) as error:
            raise CommandError(f"The demonstration is not complete: {error}") from error

    def _complete(self, base_url: str, password: str) -> None:
        if is_seeded():
            seed_people(password)
            self.stdout.write("The demonstration data is there.")
            return
        with acting(lambda: (None, "manage.py demo")):
            seed(base_url, password, self.stdout.write)
        self.stdout.write("The demonstration data is complete.")
