"""Entries that wait for a second person: a card, and a point before the next step."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from competitions.models import Competition
from competitions.states import CompetitionState
from mycenas.staff import dashboard
from mycenas.staff.dashboard import (
    Card,
    Point,
    Text,
    count,
    in_words,
    list_address,
    rows_of,
)
from submissions.models import Submission
from submissions.review.finding import DECIDABLE, WORK, barred_to


@dataclass(frozen=True)
class SecondPerson:
    """A part of the entries that another person than the first has to decide on.

    ``part`` is its name in `submissions.review.finding.WORK`. ``label`` and
    ``sentence`` are `ngettext_lazy` of the number. Competitions in ``state`` show the
    point; ``blocks`` says whether it keeps them from their next step.
    """

    part: str
    label: Any
    detail: Text
    sentence: Any
    state: CompetitionState
    blocks: bool = True

    def register(self) -> None:
        """Show it on the admin's first page and with the steps of competitions."""
        dashboard.work.append(self.cards)
        dashboard.add_checks(Competition, self.checks)

    def cards(self, request: HttpRequest) -> list[Card]:
        """The card of the admin's first page; none without entries to decide on."""
        rows = rows_of(request, Submission)
        if rows is None:
            return []
        number = count(rows.filter(WORK[self.part]).exclude(barred_to(request.user)))
        if not number:
            return []
        address = list_address(Submission, queue=self.part, **DECIDABLE)
        label = self.label % number
        return [Card(in_words(number), label, address, self.detail, waits=True)]

    def checks(
        self, request: HttpRequest, competitions: list[Any]
    ) -> dict[int, list[Point]]:
        """The point of each competition that has such entries."""
        here = [
            one.pk
            for one in competitions
            if one.state == self.state and not one.is_cancelled
        ]
        rows = Submission.objects.filter(WORK[self.part], competition__in=here)
        numbers = Counter(rows.values_list("competition", flat=True)) if here else {}
        return {pk: [self._point(pk, number)] for pk, number in numbers.items()}

    def _point(self, competition: int, number: int) -> Point:
        here = {"competition__id__exact": competition}
        address = list_address(Submission, **here, queue=self.part)
        return Point(self.sentence % number, address, blocks=self.blocks)
