"""Compares the running database's guards with the declarations."""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps
from django.db import connection

from mycenas.core.machine import StateMachine, digest
from mycenas.core.models import Stateful

ALWAYS = "A"


@dataclass(frozen=True)
class Installed:
    """What PostgreSQL knows of one trigger."""

    enabled: str
    comment: str | None


def machines() -> list[StateMachine]:
    """The machines of all installed models."""
    return [model.machine for model in apps.get_models() if issubclass(model, Stateful)]


def differences() -> list[str]:
    """One sentence for each guard that is missing, different or switched off."""
    installed = _installed_triggers()
    found: list[str] = []
    for machine in machines():
        for trigger, body in machine.triggers().items():
            found += _compare(trigger, digest(body), installed.get(trigger))
    for trigger in _cross_table_guards():
        found += _compare(trigger, None, installed.get(trigger))
    return found


def _cross_table_guards() -> list[str]:
    names: list[str] = []
    for config in apps.get_app_configs():
        names += getattr(config, "guards", ())
    return names


def _compare(trigger: str, expected: str | None, found: Installed | None) -> list[str]:
    if found is None:
        return [f"The trigger {trigger} is missing; run migrate."]
    if found.enabled != ALWAYS:
        return [f"The trigger {trigger} is not ENABLE ALWAYS; run migrate."]
    if expected is not None and found.comment != expected:
        return [f"The trigger {trigger} differs from its declaration; run migrate."]
    return []


def _installed_triggers() -> dict[str, Installed]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, tgenabled, obj_description(oid, 'pg_trigger')"
            " FROM pg_trigger WHERE NOT tgisinternal"
        )
        return {
            name: Installed(enabled=enabled, comment=comment)
            for name, enabled, comment in cursor.fetchall()
        }
