"""ReceiptKey moved from submissions to core: table, grants and journal stay."""

from __future__ import annotations

import io

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from mycenas.core import signing
from mycenas.core.audit.history import history_of
from mycenas.core.models import ReceiptKey
from mycenas.core.states.db_invariants import differences, read_catalog
from tests.database.tools import raw, rows
from tests.factories import UserFactory

# Each goes back through many migrations; tests/upgrade brings rows through them.
pytestmark = [pytest.mark.django_db, pytest.mark.trial, pytest.mark.soak]

BEFORE = [("submissions", "0020_upload_without_metadata"), ("core", "0006_bounds")]
MOVES = [
    ("core", "0007_receipt_key"),
    ("submissions", "0021_receipt_key_moved"),
]
TYPES = "SELECT app_label, id FROM django_content_type WHERE model = 'receiptkey'"


def migrate(targets: list[tuple[str, str]]) -> None:
    """Within the test's transaction; without ``post_migrate``."""
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    MigrationExecutor(connection).migrate(targets)
    ContentType.objects.clear_cache()


@pytest.fixture
def moved_back() -> None:
    """The database as it was before the model moved, with the present rows."""
    migrate(BEFORE)


def rules_of_keys() -> dict[str, str]:
    """All guards of the moved table, whatever later migrations added elsewhere."""
    return {
        f"{kind} {name}": definition
        for kind, guards in read_catalog().items()
        for name, definition in guards.items()
        if "submissions_receiptkey" in f"{name} {definition}"
    }


def labels() -> list[str]:
    return [label for label, _ in rows(TYPES)]


def test_the_table_and_its_rules_stay():
    key = signing.rotate()
    rules = rules_of_keys()
    assert len(rules) > 10
    for targets in (BEFORE, MOVES):
        migrate(targets)
        assert rules_of_keys() == rules
        assert rows("SELECT id, kid FROM submissions_receiptkey") == [(key.pk, key.kid)]
    call_command("migrate", verbosity=0)
    assert differences() == []
    assert ReceiptKey._meta.label == "core.ReceiptKey"


@pytest.mark.parametrize(("app", "name"), MOVES)
@pytest.mark.parametrize("backwards", [False, True])
def test_the_move_runs_no_sql(app, name, backwards):
    out = io.StringIO()
    call_command("sqlmigrate", app, name, backwards=backwards, stdout=out)
    lines = [line for line in out.getvalue().splitlines() if line.strip()]
    assert [ln for ln in lines if not ln.startswith(("--", "BEGIN", "COMMIT"))] == []


def test_grants_and_the_log_of_the_admin_follow(moved_back):
    ((_, number),) = rows(TYPES)
    assert labels() == ["submissions"]
    permission = Permission.objects.get(codename="view_receiptkey")
    user, group = UserFactory(), Group.objects.create(name="Auditors")
    user.user_permissions.add(permission)
    group.permissions.add(permission)
    entry = LogEntry.objects.create(
        user=user, content_type_id=number, object_id="1", action_flag=CHANGE
    )
    call_command("migrate", verbosity=0)
    assert rows(TYPES) == [("core", number)]
    assert user.has_perm("core.view_receiptkey")
    assert list(group.permissions.all()) == [permission]
    entry.refresh_from_db()
    ContentType.objects.clear_cache()
    assert entry.content_type == ContentType.objects.get_for_model(ReceiptKey)
    migrate(BEFORE)
    assert rows(TYPES) == [("submissions", number)]


def test_a_second_content_type_is_merged(moved_back):
    """Made by a migrate that ended after the model's migration."""
    second = ContentType.objects.create(app_label="core", model="receiptkey")
    granted = Permission.objects.create(
        codename="view_receiptkey", content_type=second, name="Can view"
    )
    user, group = UserFactory(), Group.objects.create(name="Auditors")
    user.user_permissions.add(granted)
    group.permissions.add(granted)
    entry = LogEntry.objects.create(
        user=user, content_type=second, object_id="1", action_flag=CHANGE
    )
    call_command("migrate", verbosity=0)
    assert labels() == ["core"]
    assert user.has_perm("core.view_receiptkey")
    assert group.permissions.get().codename == "view_receiptkey"
    entry.refresh_from_db()
    assert entry.content_type_id != second.pk


def test_journal_rows_from_before_are_shown(moved_back):
    key = signing.rotate()
    call_command("migrate", verbosity=0)
    events = history_of(ReceiptKey.objects.get(pk=key.pk))
    assert [event.what for event in events] == ["receipt key made"]


def test_every_app_with_tables_declares_guards():
    ours = ("mycenas", "competitions", "submissions", "campaigns", "interactions")
    without = [
        config.name
        for config in apps.get_app_configs()
        if config.name.split(".")[0] in ours
        and any(True for _ in config.get_models())
        and not hasattr(config, "guards")
    ]
    assert without == []
