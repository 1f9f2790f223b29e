from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mycenas.core.guards import differences, machines


class Command(BaseCommand):
    help = "Shows the state machines, their SQL, or compares the running database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare, exit 1")
        parser.add_argument("--sql", metavar="MACHINE", help="print its trigger SQL")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            self._check()
        elif options["sql"]:
            machine = next(m for m in machines() if m.name == options["sql"])
            self.stdout.write(machine.sql())
        else:
            for machine in machines():
                self.stdout.write(f"{machine.name}")
                for old, new in machine.pairs():
                    self.stdout.write(f"  {old} → {new}")

    def _check(self) -> None:
        found = differences()
        if found:
            raise CommandError("\n".join(found))
        self.stdout.write("The database's guards equal the declarations.")
