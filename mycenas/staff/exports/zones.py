"""The time zones in which exports are shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, tzinfo

from mycenas.staff.exports.access import scope_by_field
from mycenas.staff.exports.models import Export


def zones_of(exports: Iterable[Export]) -> dict[int, tzinfo]:
    """The zone of each export's competition by key of the export.

    An export of an organization or of the whole site is shown in UTC.
    """
    exports = list(exports)
    keys: dict[str, set[int | None]] = defaultdict(set)
    for export in exports:
        keys[export.scope].add(export.scope_id)
    rows = {
        field: scope.model._default_manager.in_bulk(ids)
        for field, ids in keys.items()
        if (scope := scope_by_field(field))
    }
    return {
        one.pk: getattr(rows.get(one.scope, {}).get(one.scope_id), "zone", UTC)
        for one in exports
    }


def zone_of(export: Export) -> tzinfo:
    """The zone of one export."""
    return zones_of([export])[export.pk]
