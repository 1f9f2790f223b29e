from __future__ import annotations

from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mycenas.core.states import db_invariants, states_page
from mycenas.core.states.after_restore import write_restored
from mycenas.core.states.machine import StateMachine, digest

PAGE = Path("docs/states.md")

MIGRATION = '''from django.db import migrations

FORWARD = """
{forward}
"""

REVERSE = """
{reverse}
"""


class Migration(migrations.Migration):
    dependencies = [("{app}", "{last}")]

    operations = [migrations.RunSQL(FORWARD, REVERSE)]
'''


class Command(BaseCommand):
    help = "Compares the database's guards with the declarations, or writes them down."

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_mutually_exclusive_group()
        ways.add_argument("--check", action="store_true", help="compare; exit 1 if not")
        ways.add_argument(
            "--write",
            action="store_true",
            help="write migrations for changed machines, apply all to an empty"
            " database, and renew docs/states.md and the two lists of guards from it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            self._check()
        elif options["write"]:
            self._write()
        else:
            self.stdout.write(states_page.render())

    def _check(self) -> None:
        found = db_invariants.differences() + db_invariants.undeclared()
        page = settings.BASE_DIR / PAGE
        # An installed site may have come without its documentation.
        if page.exists() and page.read_text() != states_page.render():
            found.append(f"{PAGE} differs from the declarations; run make states.")
        if found:
            raise CommandError("\n".join(found))
        self.stdout.write("The database's guards equal the declarations.")

    def _write(self) -> None:
        for machine in db_invariants.machines():
            self._write_migration(machine)
        call_command("migrate", verbosity=0)
        db_invariants.write_expected()
        write_restored()
        (settings.BASE_DIR / PAGE).write_text(states_page.render())
        names = f"{db_invariants.EXPECTED.name} and {db_invariants.RESTORED.name}"
        self.stdout.write(f"Wrote {PAGE}, {names}.")

    def _write_migration(self, machine: StateMachine) -> None:
        """Literal SQL, so that history never changes with the declaration."""
        label = machine.table.split("_", 1)[0]
        config = apps.get_app_config(label)
        folder = Path(config.path) / "migrations"
        existing = sorted(folder.glob("0*.py"))
        texts = [path.read_text() for path in existing]
        digests = [digest(body) for body in machine.triggers().values()]
        if all(any(found in text for text in texts) for found in digests):
            return
        name = f"{len(existing) + 1:04}_{machine.name}_machine_{digests[0][:8]}"
        drop = machine.reverse_sql()
        text = MIGRATION.format(
            forward=f"{drop}\n{machine.sql()}",
            reverse=f"{drop}\n{_installed_before(machine, texts)}",
            app=config.label,
            last=existing[-1].stem,
        )
        (folder / f"{name}.py").write_text(text)
        self.stdout.write(f"Wrote {folder / name}.py")


def _installed_before(machine: StateMachine, texts: list[str]) -> str:
    """The SQL that the newest earlier migration installed for this machine."""
    start = f"CREATE TRIGGER {machine.moves_trigger} "
    newest = next(text for text in reversed(texts) if start in text)
    forward = newest.split('FORWARD = """', 1)[1].split('"""', 1)[0]
    return forward[forward.index(start) :].strip()
