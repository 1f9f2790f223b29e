"""Empties the database behind a test that committed; what is empty is left alone.

Django's own command truncates every table, each with new files for its indexes, and
then makes all content types and permissions anew, the same for every test. Here they
stay, and only tables that hold rows are truncated. Guards do not stand in the way:
none of them is about TRUNCATE, which is the owner's.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

KEPT = {
    model._meta.db_table
    for model in (ContentType, Permission, MigrationRecorder.Migration)
}


class Command(BaseCommand):
    """Takes the place of Django's; understands what test cases pass to it."""

    stealth_options = (
        "interactive",
        "database",
        "reset_sequences",
        "allow_cascade",
        "inhibit_post_migrate",
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Truncate what has rows; CASCADE names the empty tables that refer to it."""
        with connection.cursor() as cursor:
            full = _tables_with_rows(cursor)
            if full:
                names = ", ".join(map(connection.ops.quote_name, full))
                cursor.execute(f"TRUNCATE {names} CASCADE")


def _tables_with_rows(cursor: Any) -> list[str]:
    known = connection.introspection.table_names(cursor)
    questions = [
        f"(SELECT '{name}' FROM {connection.ops.quote_name(name)} LIMIT 1)"
        for name in known
        if name not in KEPT
    ]
    cursor.execute(" UNION ALL ".join(questions))
    return [name for (name,) in cursor.fetchall()]
