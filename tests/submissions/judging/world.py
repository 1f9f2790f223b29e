"""A jury round with entries and jurors, made by SQL as the site would."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from competitions.roles.models import CompetitionRole
from competitions.states import CompetitionState
from mycenas.accounts.models import Role
from mycenas.core.db.database import DatabaseNow
from submissions.judging.models import Assignment, Candidate, Criterion, Juror, Round
from submissions.judging.planning import queue_positions
from submissions.judging.states import RoundState
from submissions.models import Submission
from tests.database.tools import raw
from tests.factories import UserFactory, contest

ACTOR = "SELECT set_config('mycenas.actor', %s, true)"


@contextmanager
def acted_by(user: Any):
    """A transaction whose actor is ``user``; the rest of the test has none."""
    with transaction.atomic():
        raw(ACTOR, [str(user.pk)])
        yield
        raw(ACTOR, [""])


class Jury:
    """A round, a draft or open with each entry assigned to each juror."""

    def __init__(
        self,
        *,
        entries: int = 2,
        jurors: int = 2,
        is_open: bool = True,
        blind: bool = False,
        **settings: Any,
    ) -> None:
        self.competition = contest(
            CompetitionState.CLOSED, entries=entries, blind=blind
        )
        self.entries = list(
            Submission.objects.filter(competition=self.competition).order_by("pk")
        )
        seed = secrets.token_hex(32)
        self.round = Round.objects.create(
            competition=self.competition,
            seed=seed,
            seed_commitment=hashlib.sha256(bytes.fromhex(seed)).hexdigest(),
            **{"name": "First", "readings": 2, "quorum": 1, **settings},
        )
        self.criterion = Criterion.objects.create(
            round=self.round, name="Idea", description="Is it new?"
        )
        for entry in self.entries:
            Candidate.objects.create(round=self.round, submission=entry)
        self.jurors = [self._juror() for _ in range(jurors)]
        if is_open:
            self.open()

    def open(self) -> None:
        """Open the round, and assign; the entries are in the first juror's order."""
        self.round.move(RoundState.OPEN, opened_at=DatabaseNow())
        for juror in self.jurors:
            places = queue_positions(juror)
            Assignment.objects.bulk_create(
                Assignment(
                    round=self.round,
                    juror=juror,
                    submission=one,
                    position=places[one.pk],
                )
                for one in self.entries
            )
        for juror in self.jurors[:1]:
            places = queue_positions(juror)
            self.entries.sort(key=lambda one: places[one.pk])

    def join(self) -> Juror:
        """A juror who has not accepted the rules."""
        user = UserFactory()
        CompetitionRole.objects.create(
            competition=self.competition, user=user, role=Role.JUROR
        )
        return Juror.objects.create(round=self.round, user=user)

    def _juror(self) -> Juror:
        juror = self.join()
        with acted_by(juror.user):
            Juror.objects.filter(pk=juror.pk).update(accepted_at=DatabaseNow())
        juror.refresh_from_db()
        return juror

    def pair(self, juror: int = 0, entry: int = 0) -> Assignment:
        return Assignment.objects.get(
            juror=self.jurors[juror], submission=self.entries[entry]
        )
