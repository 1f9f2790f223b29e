"""The jury rounds of the demonstration: an open one and a published one."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from competitions.models import Competition
from mycenas.accounts.models import Role, User
from mycenas.core.audit.actor import acting
from mycenas.demo import contents
from submissions.judging import scoring, workflow
from submissions.judging.models import Juror, Round
from submissions.judging.publishing import workflow as publishing
from submissions.judging.publishing.standings import standings_of
from submissions.judging.states import RemarkKind
from submissions.models import Submission

People = dict[str, User]


def seed_round(competition: Competition, people: People) -> None:
    """An open jury round with work for the juror."""
    if competition.rounds.exists():
        return
    with transaction.atomic():
        this = _opened(competition, people, contents.ROUND)
        _accept_rules(this.jurors.get(user=people["juror@example.org"]))


def seed_published_round(competition: Competition, people: People) -> None:
    """A round that jurors scored, whose result is sealed and public."""
    if competition.rounds.exists():
        return
    carol = people["organizer@example.org"]
    with transaction.atomic():
        competition.roles.get_or_create(
            user=people[contents.SECOND_JUROR], role=Role.JUROR
        )
        this = _opened(competition, people, contents.PUBLISHED_ROUND)
        for email, points in contents.POINTS.items():
            seat = this.jurors.get(user=people[email])
            _accept_rules(seat)
            _score(seat, points, contents.FEEDBACK[email])
        workflow.close_round(this, by=carol)
        # Not left to the worker: the next step of the competition waits for it.
        publishing.seal(this)
        publishing.publish(this, by=carol)


def best_of(competition: Competition) -> list[Submission]:
    """The entries of its published round, from the first place on."""
    (standing,) = standings_of(competition)
    return [place.entry for place in standing.places]


def _opened(competition: Competition, people: People, settings: Any) -> Round:
    carol = people["organizer@example.org"]
    this = Round.objects.create(competition=competition, **settings)
    for position, (name, description) in enumerate(contents.CRITERIA, 1):
        this.criteria.create(name=name, description=description, position=position)
    workflow.take_in(this, by=carol)
    workflow.open_round(this, by=carol)
    return this


def _accept_rules(seat: Juror) -> None:
    with acting(lambda: (seat.user_id, "demo")):
        scoring.accept_rules(seat)


def _score(seat: Juror, points: tuple[str, ...], feedback: str) -> None:
    """Score the entries in the order of their arrival, a digit for each criterion.

    The artist of the first one gets the feedback.
    """
    criteria = seat.round.criteria.order_by("position")
    pairs = list(seat.assignments.order_by("submission"))
    with acting(lambda: (seat.user_id, "demo")):
        for pair, digits in zip(pairs, points, strict=False):
            is_first = pair == pairs[0]
            remarks = {RemarkKind.FEEDBACK.value: feedback} if is_first else {}
            given = {
                str(one.pk): digit for one, digit in zip(criteria, digits, strict=True)
            }
            scoring.save(pair, given, after=scoring.NOTHING, remarks=remarks)
