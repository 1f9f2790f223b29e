"""Migrations: complete, self-contained, and the same guards after a way back."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from mycenas.core.guards import differences, machines, read_catalog
from tests.database.tools import raw, rows

ROOT = Path(settings.BASE_DIR)
FILES = sorted(
    path
    for app in ("mycenas", "competitions", "submissions", "campaigns", "interactions")
    for path in (ROOT / app).rglob("migrations/*.py")
)
OURS = {"mycenas", "competitions", "submissions", "campaigns", "interactions", "tests"}


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: f"{path.parts[-3]}-{path.stem}"
)
def test_migrations_import_nothing_of_ours(path):
    """History must not change when the code does."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    assert {name for name in imported if name.split(".")[0] in OURS} == set()


@pytest.mark.django_db
def test_no_model_change_lacks_its_migration():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "label", ["interactions", "campaigns", "submissions", "competitions", "core"]
)
def test_the_way_back_and_forth_leaves_the_same_guards(label):
    """Inside one transaction: PostgreSQL takes the whole journey back afterwards."""
    before = read_catalog()
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    call_command("migrate", label, "zero", verbosity=0)
    gone = read_catalog()
    assert not any(name.startswith(f"{label}_") for name in gone["constraint"])
    for machine in machines():
        if machine.table.startswith(f"{label}_"):
            assert not set(machine.triggers()) & set(gone["trigger"])
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    call_command("migrate", verbosity=0)
    assert read_catalog() == before
    assert differences() == []


@pytest.mark.django_db
def test_going_back_leaves_no_function_behind():
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    for label in ("interactions", "campaigns", "submissions", "competitions"):
        call_command("migrate", label, "zero", verbosity=0)
    call_command("migrate", "accounts", "zero", verbosity=0)
    call_command("migrate", "core", "zero", verbosity=0)
    left = rows(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')"
    )
    assert left == []
