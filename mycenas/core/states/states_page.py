"""Renders ``docs/states.md`` from the declarations."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db.models import CheckConstraint, UniqueConstraint

from mycenas.core.audit.tables import Audited
from mycenas.core.states.db_invariants import machines
from mycenas.core.states.machine import StateMachine

HEAD = """# States and guards

This page is written by `make states` from the declarations in each app's
`states.py`, `models.py` and `apps.py`; `make check` compares the two. Everything on it
is enforced by PostgreSQL. A refusal carries ERRCODE 23514 and the guard's name.
"""


def render() -> str:
    """The whole page."""
    parts = [HEAD]
    parts += [_machine(machine) for machine in machines()]
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
