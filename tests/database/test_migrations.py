"""Migrations: complete, self-contained, and the same guards after a way back."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.loader import MigrationLoader

from mycenas.core.states.db_invariants import Catalog, differences, read_catalog
from tests.database.tools import raw, rows

ROOT = Path(settings.BASE_DIR)
FILES = sorted(
    path
    for app in ("mycenas", "competitions", "submissions", "campaigns", "interactions")
    for path in (ROOT / app).rglob("migrations/*.py")
)
OURS = {"mycenas", "competitions", "submissions", "campaigns", "interactions", "tests"}
LABELS = (
    "exports",
    "interactions",
    "campaigns",
    "submissions",
    "competitions",
    "accounts",
    "core",
)
PREFIXES = tuple(f"{label}_" for label in LABELS)


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
def test_the_last_step_back_and_forth_leaves_the_same_guards():
    """Of each app its newest migration, which may be one that is being written."""
    before = read_catalog()
    graph = MigrationLoader(connection).graph
    newest = [graph.leaf_nodes(label)[0] for label in LABELS]
    for node in newest:
        go_back([previous(graph, node)])
    assert not set(newest) & set(MigrationLoader(connection).applied_migrations)
    assert_forth_again(before)


def previous(graph: MigrationGraph, node: tuple[str, str]) -> tuple[str, str | None]:
    label, _ = node
    parents = (parent.key for parent in graph.node_map[node].parents)
    return next((key for key in parents if key[0] == label), (label, None))


@pytest.mark.trial
@pytest.mark.soak
@pytest.mark.django_db
def test_the_way_back_and_forth_leaves_the_same_guards():
    """All apps at once, since each needs those before it."""
    before = read_catalog()
    go_back([(label, None) for label in LABELS])
    gone = read_catalog()
    assert [name for name in gone["constraint"] if name.startswith(PREFIXES)] == []
    assert set(gone["trigger"]) & set(before["trigger"]) == set()
    left = rows(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')"
    )
    assert left == []
    assert_forth_again(before)


def go_back(targets: list[tuple[str, str | None]]) -> None:
    """Within the test's transaction, which PostgreSQL takes back afterwards."""
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    MigrationExecutor(connection).migrate(targets)
    raw("SET CONSTRAINTS ALL IMMEDIATE")


def assert_forth_again(before: Catalog) -> None:
    call_command("migrate", verbosity=0)
    assert read_catalog() == before
    assert differences() == []
