"""The pictures of entries, for pages of all parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from submissions.models import Picture, Rendition, Submission


def with_renditions(entries: Iterable[Submission]) -> list[Submission]:
    """The entries with their renditions, read by one statement."""
    shown = list(entries)
    found: defaultdict[int, list[Picture]] = defaultdict(list)
    rows = Rendition.objects.filter(submission__in=[entry.pk for entry in shown])
    rows = rows.order_by("width_class")
    for pk, *sizes in rows.values_list("submission", *Picture._fields):
        found[pk].append(Picture(*sizes))
    for entry in shown:
        entry.pictures = found[entry.pk]
    return shown
