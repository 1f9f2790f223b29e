"""A forbidden move of each machine through every way in that Django offers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core import serializers
from django.core.management import call_command

from tests.database.write_paths.trying import assert_closed, assert_judged, failures
from tests.database.write_paths.world import ALLOWED, FORBIDDEN, each_machine


def manager(row: Any) -> Any:
    return type(row)._default_manager


def assign(row: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def save(row: Any, values: dict[str, Any]) -> None:
    assign(row, values)
    row.save()


def save_some_fields(row: Any, values: dict[str, Any]) -> None:
    assign(row, values)
    row.save(update_fields=list(values))


def save_base_raw(row: Any, values: dict[str, Any]) -> None:
    assign(row, values)
    row.save_base(raw=True)


def queryset_update(row: Any, values: dict[str, Any]) -> None:
    manager(row).filter(pk=row.pk).update(**values)


def update_of_many(row: Any, values: dict[str, Any]) -> None:
    manager(row).filter(state=row.state, pk__gte=row.pk, pk__lte=row.pk).update(
        **values
    )


def bulk_update(row: Any, values: dict[str, Any]) -> None:
    assign(row, values)
    manager(row).bulk_update([row], list(values))


def update_or_create(row: Any, values: dict[str, Any]) -> None:
    manager(row).update_or_create(pk=row.pk, defaults=values)


def locked_first(row: Any, values: dict[str, Any]) -> None:
    found = manager(row).select_for_update().get(pk=row.pk)
    assign(found, values)
    found.save()


UPDATES = (
    save, save_some_fields, save_base_raw, queryset_update, update_of_many,
    bulk_update, update_or_create, locked_first,
)  # fmt: skip


@each_machine
def test_an_update_moves_as_the_machine_allows(world, machine):
    """The allowed move is the control: the way in is refused for nothing else."""
    for old, new in (FORBIDDEN[machine.name], ALLOWED[machine.name]):
        wrong = failures(assert_judged, UPDATES, world[machine.name, old], new)
        assert not wrong, wrong


def upsert_in_bulk(row: Any, values: dict[str, Any]) -> None:
    assign(row, values)
    manager(row).bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=list(values),
    )


def upsert_ignoring_conflicts(row: Any, values: dict[str, Any]) -> None:
    assign(row, values)
    manager(row).bulk_create([row], ignore_conflicts=True)


def insert_again(row: Any, values: dict[str, Any]) -> None:
    assign(row, values)
    row.save(force_insert=True)


INSERTS = (upsert_in_bulk, upsert_ignoring_conflicts, insert_again)


@each_machine
def test_nothing_is_inserted_in_a_later_state(world, machine):
    for old, new in (FORBIDDEN[machine.name], ALLOWED[machine.name]):
        wrong = failures(assert_closed, INSERTS, world[machine.name, old], new)
        assert not wrong, wrong


FRESH = {
    "competition": {"slug": "another"},
    "submission": {
        "token": "t" * 32,
        "public_id": "p" * 11,
        "original": "another",
        "idempotency_key": "another",
    },
    "campaign": {"name": "Another"},
    "export": {"key": "k" * 32},
}


def create(row: Any, values: dict[str, Any]) -> None:
    manager(row).create(**fields_of(row))


def create_in_bulk(row: Any, values: dict[str, Any]) -> None:
    manager(row).bulk_create([type(row)(**fields_of(row))])


def get_or_create(row: Any, values: dict[str, Any]) -> None:
    manager(row).get_or_create(**fields_of(row))


def update_or_create_anew(row: Any, values: dict[str, Any]) -> None:
    fields = fields_of(row)
    manager(row).update_or_create(
        pk=row.pk + 100_000, defaults=fields, create_defaults=fields
    )


def fields_of(row: Any) -> dict[str, Any]:
    """A copy of the row's columns that collides with nothing."""
    found = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }
    return {**found, **FRESH[row.machine.name]}


BEGINNINGS = (create, create_in_bulk, get_or_create, update_or_create_anew)


@each_machine
def test_no_row_starts_where_another_one_stands(world, machine):
    old, _ = FORBIDDEN[machine.name]
    wrong = failures(assert_closed, BEGINNINGS, world[machine.name, old], old)
    assert not wrong, wrong


def fixture(row: Any, values: dict[str, Any], folder: Path) -> str:
    """A file like that of ``dumpdata``, moved; moments have all their microseconds."""
    assign(row, values)
    (document,) = serializers.serialize("python", [row])
    path = folder / "moved.json"
    path.write_text(json.dumps([document], default=str))
    return str(path)


@each_machine
def test_a_fixture_loads_no_illegal_state(world, machine, tmp_path):
    def load(row: Any, values: dict[str, Any]) -> None:
        call_command("loaddata", fixture(row, values, tmp_path), verbosity=0)

    old, new = FORBIDDEN[machine.name]
    assert_closed(load, machine, world[machine.name, old], new)


def test_the_fixture_is_not_refused_for_its_form(world, tmp_path):
    """The control: the same file without the move is judged as an update."""
    row = world["competition", "draft"]
    title = {"title": "Another title"}
    document = json.loads(Path(fixture(row, title, tmp_path)).read_text())
    for found in serializers.deserialize("json", json.dumps(document)):
        found.save()
    row.refresh_from_db()
    assert row.title == "Another title"
