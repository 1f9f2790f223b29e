"""Are the public pictures the files that their rows were written with?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from mycenas.storage import Store
from submissions.models import Rendition


def renditions_of(entries: Iterable[int]) -> dict[int, list[Rendition]]:
    """The rows of public pictures by the key of their entry."""
    found = defaultdict(list)
    for row in Rendition.objects.filter(submission__in=entries):
        found[row.submission_id].append(row)
    return found


def problem_of(files: Store, row: Rendition) -> str:
    """What is wrong with a public picture, to follow its name; '' if nothing.

    A row from before digests were kept has only its size to compare.
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
    """Note the SHA-256 of pictures made before it was kept; how many rows.

    A file that is missing or has another size is left out: the audit names it.
    """
    noted = 0
    for row in Rendition.objects.filter(sha256=None).order_by("pk").iterator():
        facts = files.facts_of_rendition(row.name)
        if facts is not None and facts.size == row.size:
            rows = Rendition.objects.filter(pk=row.pk, sha256=None)
            noted += rows.update(sha256=facts.sha256)
    return noted


def without_digest() -> int:
    """How many pictures were made before digests were kept, and have none noted."""
    return Rendition.objects.filter(sha256=None).count()
