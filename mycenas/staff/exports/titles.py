"""How exports and their files are called."""

from __future__ import annotations

from django.utils.text import capfirst, slugify

from mycenas.staff.exports.kinds import kind_named
from mycenas.staff.exports.models import Export


def title_of(export: Export) -> str:
    """The rows and the format of an export: “Entries (CSV)”."""
    kind = kind_named(export.kind)
    label = capfirst(str(kind.label if kind else export.kind))
    return f"{label} ({export.get_format_display()})"


def file_name(export: Export) -> str:
    """The name of a download: of what, which rows, and the day."""
    scope = slugify(export.scope_name)[:60] or export.scope or "site"
    day = export.finished_at or export.created_at
    return f"{scope}-{export.kind}-{day:%Y-%m-%d}.{export.format}"
