"""A sealed result of a round as pages show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from competitions.models import Competition
from mycenas.core.canonical import read_canonical
from mycenas.core.draws.models import Draw
from mycenas.core.results.models import Result
from submissions.artists import named_for_all
from submissions.judging.counting.published import without
from submissions.judging.models import Round
from submissions.judging.publishing.describing import (
    FATES,
    GROUPS,
    criteria_of,
    method_in_words,
    number_in_words,
    said_of,
    tie_in_words,
)
from submissions.judging.publishing.inputs import draw_of
from submissions.judging.publishing.workflow import NAME
from submissions.judging.states import Aggregate, RoundState
from submissions.models import Submission
from submissions.states import SubmissionState

DRAWS = {
    "ties": _("Draw for ties"),
    "queues": _("Draw for the order of each juror's entries"),
}


@dataclass
class Place:
    """One line of a ranking; ``points`` and ``before`` have two decimal places."""

    number: int
    entry: Submission
    points: str
    before: str
    decided_by: str
    group: int = 1
    fate: str = ""
    scores: list[str] = field(default_factory=list)


@dataclass
class Standing:
    """A round with its standing result."""

    round: Round
    result: Result

    @cached_property
    def document(self) -> dict[str, Any]:
        return self.result.document

    @cached_property
    def inputs(self) -> dict[str, Any]:
        found: dict[str, Any] = read_canonical(bytes(self.result.inputs))
        return found

    @cached_property
    def entries(self) -> dict[str, Submission]:
        """The entries that are still in the competition, by their public names."""
        rows = Submission.objects.filter(
            public_id__in=self.inputs["entries"], state=SubmissionState.APPROVED
        )
        rows = named_for_all(rows.select_related("participant"))
        for entry in (found := {one.public_id: one for one in rows}).values():
            entry.competition = self.round.competition
        return found

    @cached_property
    def places(self) -> list[Place]:
        """The ranking without entries that left, and with its gaps closed."""
        ranking = self.document["ranking"]
        gone = {row["entry"] for row in ranking} - self.entries.keys()
        scores = said_of(self.round, self.inputs, self.entries)
        return [self._place(row, scores) for row in without(ranking, gone)]

    @cached_property
    def unranked(self) -> list[Submission]:
        """Entries without any score."""
        names = self.document["unranked"]
        return [self.entries[one] for one in names if one in self.entries]

    @cached_property
    def below_quorum(self) -> list[tuple[Submission, int]]:
        """Ranked entries with fewer scores than the quorum, and how many they have."""
        short = self.document["quorum"]["short"]
        return [(self.entries[one], n) for one, n in short if n and one in self.entries]

    @property
    def is_adjusted(self) -> bool:
        """Whether points differ from the mean of the scores as they were given."""
        return bool(self.result.parameters.get("aggregate") == Aggregate.ADDITIVE_FIT)

    @property
    def is_grouped(self) -> bool:
        """Whether there are several rankings, which nothing connects."""
        return any(row["group"] > 1 for row in self.document["ranking"])

    @property
    def in_words(self) -> str:
        """How many scores of how many jurors were counted, and recusals."""
        jurors, recused = len(self.inputs["jurors"]), len(self.inputs["recused"])
        parts = [
            ngettext("%(n)d juror", "%(n)d jurors", jurors) % {"n": jurors},
            number_in_words(self.round, len(self.inputs["readings"])),
            ngettext("%(n)d recusal", "%(n)d recusals", recused) % {"n": recused},
        ]
        return ", ".join(parts)

    @cached_property
    def draws(self) -> list[tuple[str, Draw]]:
        """The draws that count, with what they are for; their seeds are revealed."""
        found = [(words, draw_of(self.round, kind)) for kind, words in DRAWS.items()]
        return [(str(words), draw) for words, draw in found if draw]

    @cached_property
    def criteria(self) -> dict[str, str]:
        return criteria_of(self.round)

    @property
    def method(self) -> list[str]:
        """How it was counted, in sentences."""
        sentences = method_in_words(self.round, self.inputs)
        return [*sentences, *([str(GROUPS)] if self.is_grouped else [])]

    def _place(self, row: dict[str, Any], scores: dict[str, list[str]]) -> Place:
        name, reason = row["entry"], row["decided_by"]
        of_entries = self.document["details"].get("entries", {})
        is_tie = reason not in ("", "points", *FATES)
        return Place(
            number=row["place"],
            group=row["group"],
            entry=self.entries[name],
            points=_short(row["points"]),
            before=_short(of_entries.get(name, {}).get("mean", "")),
            decided_by=tie_in_words(reason, self.criteria) if is_tie else "",
            fate=str(FATES.get(reason, "")),
            scores=scores[name],
        )


def _short(number: str) -> str:
    """Two of the six decimal places; equal texts may still be different points."""
    return f"{float(number):.2f}" if number else ""


def standings_of(
    competition: Competition, *, with_closed: bool = False
) -> list[Standing]:
    """The published rounds with their results; also sealed ones ``with_closed``."""
    shown = [RoundState.PUBLISHED, *([RoundState.CLOSED] if with_closed else [])]
    rows = Round.objects.filter(competition=competition, state__in=shown)
    rounds = {one.pk: one for one in rows.select_related("category")}
    for one in rounds.values():
        one.competition = competition
    found = _results(rounds.keys())
    return [Standing(one, found[pk]) for pk, one in rounds.items() if pk in found]


def published_rounds() -> Exists:
    """Whether the page of results shows a round of the competition to everybody."""
    rows = Round.objects.filter(
        competition=OuterRef("pk"), competition__cancelled_at=None
    )
    return Exists(rows.filter(state=RoundState.PUBLISHED))


def _results(rounds: Any) -> dict[int, Result]:
    rows = Result.objects.standing().filter(kind=NAME, subject_id__in=rounds)
    return {one.subject_id: one for one in rows.select_related("approval")}
