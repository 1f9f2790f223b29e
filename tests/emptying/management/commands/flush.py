"""Empties the database behind a test that committed; what is empty is left alone.

Django's own command truncates every table, each with new files for its indexes, and
then makes all content types and permissions anew, the same for every test. Here they
stay, and rows are deleted: a test leaves a few, and new files take ten times as long.
Guards are off meanwhile; the same transaction leaves each as it was.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

KEPT = {
    model._meta.db_table
    for model in (ContentType, Permission, MigrationRecorder.Migration)
}
# How each table's triggers of DELETE are switched off, and on again as they are.
TRIGGERS = """
SELECT tgrelid::regclass::text,
  string_agg(format('DISABLE TRIGGER %%I', tgname), ', '), string_agg(
  CASE tgenabled
    WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'O' THEN 'ENABLE'
    WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'DISABLE' END
  || format(' TRIGGER %%I', tgname), ', ')
FROM pg_trigger
WHERE NOT tgisinternal AND tgtype & 8 <> 0 AND tgrelid = ANY(%s::regclass[])
GROUP BY tgrelid
"""


# Their rows are hidden from the owner as well.
SEALED = """
SELECT oid::regclass::text FROM pg_class
WHERE relforcerowsecurity AND relnamespace = 'public'::regnamespace
"""


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
        """Delete all rows; what refers to them is asked at the end, once."""
        with transaction.atomic(), connection.cursor() as cursor:
            if not _tables_with_rows(cursor):
                return
            cursor.execute(SEALED)
            sealed = [name for (name,) in cursor.fetchall()]
            for name in sealed:
                cursor.execute(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY")
            full = list(map(connection.ops.quote_name, _tables_with_rows(cursor)))
            cursor.execute(TRIGGERS, [full])
            triggers = cursor.fetchall()
            cursor.execute(
                "; ".join(
                    (
                        "SET CONSTRAINTS ALL DEFERRED",
                        *(f"ALTER TABLE {t} {off}" for t, off, _ in triggers),
                        *(f"DELETE FROM {name}" for name in full),
                        "SET CONSTRAINTS ALL IMMEDIATE",
                        *(f"ALTER TABLE {t} {was}" for t, _, was in triggers),
                        *(f"ALTER TABLE {t} FORCE ROW LEVEL SECURITY" for t in sealed),
                    )
                )
            )


def _tables_with_rows(cursor: Any) -> list[str]:
    known = connection.introspection.table_names(cursor)
    questions = [
        f"(SELECT '{name}' FROM {connection.ops.quote_name(name)} LIMIT 1)"
        for name in known
        if name not in KEPT
    ]
    cursor.execute(" UNION ALL ".join(questions))
    return [name for (name,) in cursor.fetchall()]
