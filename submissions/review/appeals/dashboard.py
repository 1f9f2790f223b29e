"""Open appeals on the admin's first page, and before a competition closes."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from competitions.states import CompetitionState
from mycenas.staff.dashboard import (
    Card,
    Point,
    count,
    in_words,
    list_address,
    rows_of,
)
from submissions.models import Submission
from submissions.review.appeals.models import Appeal


def cards(request: HttpRequest) -> list[Card]:
    """The appeals to decide; no card without them."""
    rows = rows_of(request, Submission)
    waiting = Appeal.objects.waiting().values("submission")
    number = 0 if rows is None else count(rows.filter(pk__in=waiting))
    label = ngettext("appeal to decide", "appeals to decide", number)
    detail = _("Another person than the one who rejected the entry decides.")
    address = list_address(Submission, queue="appealed")
    return [Card(in_words(number), label, address, detail, waits=True)] * bool(number)


def checks(request: HttpRequest, competitions: list[Any]) -> dict[int, list[Point]]:
    """Competitions in moderation that open appeals keep from closing."""
    moderated = [
        one.pk
        for one in competitions
        if one.state == CompetitionState.MODERATION and not one.is_cancelled
    ]
    if not moderated:
        return {}
    rows = Appeal.objects.waiting().filter(submission__competition__in=moderated)
    numbers = Counter(rows.values_list("submission__competition", flat=True))
    return {pk: [_point(pk, number)] for pk, number in numbers.items()}


def _point(pk: int, number: int) -> Point:
    sentence = ngettext(
        "%d appeal waits for a decision.", "%d appeals wait for a decision.", number
    )
    address = list_address(Submission, queue="appealed", competition__id__exact=pk)
    return Point(sentence % number, address)
