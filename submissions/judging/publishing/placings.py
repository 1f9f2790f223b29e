"""The places that published rounds gave to entries, for those who made them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Subquery
from django.urls import reverse

from mycenas.core.canonical import read_canonical
from mycenas.core.results.models import Result
from submissions.judging.counting.published import without
from submissions.judging.models import Candidate, Round
from submissions.judging.publishing.workflow import NAME
from submissions.judging.states import RoundState
from submissions.models import Submission
from submissions.states import SubmissionState


@dataclass(frozen=True)
class Placing:
    """The place of an entry in a round, of ``ranked`` entries."""

    place: int
    ranked: int
    round: Round

    @property
    def url(self) -> str:
        """The page of the result."""
        where = [self.round.competition.slug, self.round.pk]
        return reverse("submissions:result", args=where)


def placings_of(entries: Iterable[Submission]) -> dict[int, list[Placing]]:
    """The placings of accepted entries by their keys, as the page of results has them.

    One statement for all of them, and none where no entry is accepted.
    """
    accepted = [one for one in entries if one.state == SubmissionState.APPROVED]
    names = {one.public_id: one.pk for one in accepted}
    found: defaultdict[int, list[Placing]] = defaultdict(list)
    for this in _published(names.values()) if names else ():
        ranking = read_canonical(bytes(this.ranking))["ranking"]
        gone = {row["entry"] for row in ranking} - set(this.present)
        rows = without(ranking, gone)
        for row in rows:
            if row["entry"] in names:
                ranked = sum(one["group"] == row["group"] for one in rows)
                placing = Placing(row["place"], ranked, this)
                found[names[row["entry"]]].append(placing)
    return dict(found)


def _published(entries: Iterable[int]) -> Iterable[Any]:
    """The rounds that judged one of the entries, with result and present entries."""
    here = Candidate.objects.filter(round=OuterRef("pk"))
    present = here.filter(submission__state=SubmissionState.APPROVED)
    results = Result.objects.standing().filter(kind=NAME, subject_id=OuterRef("pk"))
    rows = Round.objects.filter(
        Exists(here.filter(submission__in=list(entries))),
        state=RoundState.PUBLISHED,
        competition__cancelled_at=None,
    )
    rows = rows.annotate(
        ranking=Subquery(results.values("ranking")[:1]),
        present=ArraySubquery(present.values("submission__public_id")),
    )
    return rows.select_related("competition").order_by("position", "pk")
