"""The order in which each juror got the entries, as it is published with a result."""

from __future__ import annotations

from collections import defaultdict

from submissions.judging.counting.queues import queue_bytes
from submissions.judging.models import Assignment, Round
from submissions.judging.publishing.inputs import draw_of


def queue_document(this: Round, entries: list[str]) -> bytes:
    """The document of a sealed round, about the entries that its result knows.

    Jurors have their tags in it, which say nothing about the people. Empty for a round
    that was opened before such orders were drawn.
    """
    draw = draw_of(this, "queues")
    if draw is None:
        return b""
    own: dict[str, list[str]] = defaultdict(list)
    rows = Assignment.objects.filter(round=this, submission__public_id__in=entries)
    rows = rows.order_by("juror", "position")
    for tag, entry in rows.values_list("juror__tag", "submission__public_id"):
        own[str(tag)].append(entry)
    return queue_bytes(draw.purpose, draw.revealed, draw.listed, own.items())
