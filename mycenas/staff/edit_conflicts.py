"""Changes by other people between the opening of a form and its saving."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection, models
from django.forms.models import _get_foreign_key
from django.utils.translation import gettext as _

from mycenas.core.audit.history import Parts, history_of, last_entry
from mycenas.core.audit.values import Rows
from mycenas.core.text import KEY

# The hidden field with the version of the object that the form shows.
SEEN = "_seen"
MOST_EVENTS = 10


def parts_of(inlines: list[Any]) -> list[tuple[str, str]]:
    """The tables of inline rows, with the column that refers to the object."""
    found = []
    for inline in inlines:
        key = _get_foreign_key(inline.parent_model, inline.model, inline.fk_name)
        found.append((inline.model._meta.db_table, key.column))
    return found


def mark_of(obj: models.Model, parts: Parts) -> str:
    """The version of ``obj`` and its parts.

    This is the number of the last journal entry. A library's table has no journal;
    there it is the transaction that wrote the row, and the row's position.
    """
    if _has_journal(obj):
        return str(last_entry(obj, parts))
    table = connection.ops.quote_name(obj._meta.db_table)
    key = connection.ops.quote_name(str(obj._meta.pk.column))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT xmin || ' ' || ctid::text FROM {table} WHERE {key} = %s",  # noqa: S608
            [obj.pk],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def changes_since(obj: models.Model, parts: Parts, seen: str, rows: Rows) -> list[str]:
    """Sentences for a form that was opened at the version ``seen`` of ``obj``."""
    first = _(
        "This was changed after you opened the page, so nothing was saved. What you "
        "typed is still here. Compare it with the changes and save again."
    )
    return [first, *_changes_in_words(obj, parts, seen, rows)]


def unread_changes(obj: models.Model, parts: Parts, seen: str, rows: Rows) -> list[str]:
    """Sentences for a question about the version ``seen``; none if it is the last."""
    if not seen or seen == mark_of(obj, parts):
        return []
    first = _(
        "This was changed after you looked at it. Nothing was done: read what changed, "
        "then confirm."
    )
    return [first, *_changes_in_words(obj, parts, seen, rows)]


def _changes_in_words(
    obj: models.Model, parts: Parts, seen: str, rows: Rows
) -> list[str]:
    """The last changes of ``obj`` after the version ``seen``."""
    events = []
    if _has_journal(obj) and KEY.fullmatch(seen):
        events = history_of(obj, parts, after=int(seen), rows=rows)
    visible = [event for event in events if event.changes]
    return list(map(str, visible[-MOST_EVENTS:]))


def _has_journal(obj: models.Model) -> bool:
    tables = {
        one.table
        for config in apps.get_app_configs()
        for one in getattr(config, "audited", ())
    }
    return obj._meta.db_table in tables
