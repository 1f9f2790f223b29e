"""Compare stored renditions with their rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from mycenas.storage import Store
from submissions.models import Rendition


def renditions_of(entries: Iterable[int]) -> dict[int, list[Rendition]]:
    """Rendition rows by the key of their entry."""
    found = defaultdict(list)
    for row in Rendition.objects.filter(submission__in=entries):
        found[row.submission_id].append(row)
    return found


def problem_of(files: Store, row: Rendition) -> str:
    """The fault of a rendition, as words to follow its name; '' if it is intact.

    Old rows have no digest; only their size is compared.
    """
    facts = files.facts_of_rendition(row.name)
    if facts is None:
        return "is missing"
    if facts.size != row.size:
        return f"has {facts.size} bytes, {row.size} were stored"
    if row.sha256 and facts.sha256 != row.sha256:
        return f"has the SHA-256 {facts.sha256}, {row.sha256} was stored"
    return ""


def note_digests(files: Store) -> int:
    """Store the SHA-256 of renditions that lack it; returns the number of rows.

    Files that are missing or have another size are left out: the audit reports them.
    """
    noted = 0
    for row in Rendition.objects.filter(sha256=None).order_by("pk").iterator():
        facts = files.facts_of_rendition(row.name)
        if facts is not None and facts.size == row.size:
            rows = Rendition.objects.filter(pk=row.pk, sha256=None)
            noted += rows.update(sha256=facts.sha256)
    return noted


def without_digest() -> int:
    """The number of renditions without a digest."""
    return Rendition.objects.filter(sha256=None).count()
