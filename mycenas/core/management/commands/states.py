from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import CheckConstraint, UniqueConstraint

from mycenas.core.audit import Audited
from mycenas.core.states import db_invariants
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
            self.stdout.write(render())

    def _check(self) -> None:
        found = db_invariants.differences() + db_invariants.undeclared()
        page = settings.BASE_DIR / PAGE
        # An installed site may have come without its documentation.
        if page.exists() and page.read_text() != render():
            found.append(f"{PAGE} differs from the declarations; run make states.")
        if found:
            raise CommandError("\n".join(found))
        self.stdout.write("The database's guards equal the declarations.")

    def _write(self) -> None:
        for machine in db_invariants.machines():
            self._write_migration(machine)
        call_command("migrate", verbosity=0)
        db_invariants.write_down()
        (settings.BASE_DIR / PAGE).write_text(render())
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


HEAD = """# States and guards

This page is written by `make states` from the declarations in each app's
`states.py`, `models.py` and `apps.py`; `make check` compares the two. Everything on it
is enforced by PostgreSQL. A refusal carries ERRCODE 23514 and the guard's name.
"""


def render() -> str:
    parts = [HEAD]
    parts += [_machine(machine) for machine in db_invariants.machines()]
    parts += ["## Guards across tables\n", "\n".join(_guards()), ""]
    parts += ["## Constraints\n", "\n".join(_constraints()), ""]
    parts += ["## Audited tables\n", "\n".join(_audited()), ""]
    return "\n".join(parts)


def _machine(machine: StateMachine) -> str:
    lines = [f"## {machine.name.capitalize()}", "", "```mermaid", "stateDiagram-v2"]
    lines.append(f"    [*] --> {machine.initial}")
    lines += [f"    {old} --> {new}" for old, new in machine.pairs()]
    lines += [
        f"    {state} --> [*]" for state, after in machine.moves.items() if not after
    ]
    lines += ["```", "", "| from | to |", "| --- | --- |"]
    for state in machine.states:
        after = sorted(machine.moves[state.value])
        lines.append(f"| {state.value} | {', '.join(after) or 'nothing: final'} |")
    lines.append("")
    return "\n".join(lines)


def _guards() -> Iterator[str]:
    yield "| trigger | what it holds |\n| --- | --- |"
    for config in apps.get_app_configs():
        for name, sentence in getattr(config, "guards", {}).items():
            yield f"| `{name}` | {sentence} |"


def _constraints() -> Iterator[str]:
    yield "| model | constraint | kind |\n| --- | --- | --- |"
    for config in apps.get_app_configs():
        if not hasattr(config, "guards"):
            continue
        for model in config.get_models():
            for constraint in model._meta.constraints:
                yield (
                    f"| {model._meta.object_name} | `{constraint.name}` | "
                    f"{_kind(constraint)} |"
                )


def _kind(constraint: object) -> str:
    if isinstance(constraint, CheckConstraint):
        return "check"
    return "unique" if isinstance(constraint, UniqueConstraint) else "other"


def _audited() -> Iterator[str]:
    yield "| table | left out | kept as a digest |\n| --- | --- | --- |"
    for config in apps.get_app_configs():
        declared: tuple[Audited, ...] = getattr(config, "audited", ())
        for audited in declared:
            left_out = ", ".join(audited.left_out) or "nothing"
            digested = ", ".join(audited.digested) or "nothing"
            yield f"| `{audited.table}` | {left_out} | {digested} |"
