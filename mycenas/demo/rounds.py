"""The jury round of the demonstration."""

from __future__ import annotations

from django.db import transaction

from competitions.models import Competition
from mycenas.accounts.models import User
from mycenas.core.audit.actor import acting
from mycenas.demo import contents
from submissions.judging import scoring, workflow
from submissions.judging.models import Round


def seed_round(competition: Competition, people: dict[str, User]) -> None:
    """An open jury round with work for the juror."""
    if competition.rounds.exists():
        return
    carol, ines = people["organizer@example.org"], people["juror@example.org"]
    with transaction.atomic():
        this = Round.objects.create(competition=competition, **contents.ROUND)
        for position, (name, description) in enumerate(contents.CRITERIA, 1):
            this.criteria.create(name=name, description=description, position=position)
        workflow.take_in(this, by=carol)
        workflow.open_round(this, by=carol)
        with acting(lambda: (ines.pk, "demo")):
            scoring.accept_rules(this.jurors.get(user=ines))
