"""Random lives of a competition, legal and illegal, against a model in plain Python.

PostgreSQL and the model are asked the same; they must agree on every act, and on what
every row looks like after it. The acts are the site's role's, by SQL and by workflow.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from copy import copy, deepcopy
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from competitions import workflow as competing
from competitions.models import Competition, Prize
from competitions.states import COMPETITION, CompetitionState
from mycenas.accounts.models import Membership, Organization, Role, User
from mycenas.core.audit.actor import in_name_of
from mycenas.core.db.database import insert_returning
from mycenas.core.http.errors import ProblemError
from submissions.intake import workflow as intake
from submissions.models import Award, Submission
from submissions.receipts import workflow as receipts
from submissions.review import workflow as review
from submissions.states import NOT_COUNTED, SUBMISSION
from submissions.states import SubmissionState as S
from tests.database.approle import as_the_site
from tests.database.tools import raw, rows
from tests.database.write_paths.world import changes
from tests.factories import disqualify, words

# Lives in an ordinary run of the tests; the full size is for `make soak`.
FEW = 20
MANY = 200
STEPS = 8
STAGES = 4
DAY = timedelta(days=1)
LIMIT = 2
UNDECIDED = {S.RESERVED, S.RECEIVED, S.PROCESSING, S.QUARANTINED, S.PENDING}
TO_APPROVED = (S.RECEIVED, S.PROCESSING, S.PENDING, S.APPROVED)
C = CompetitionState


class Model:
    """What should be true of one competition, its entries and its one prize."""

    def __init__(self, *, is_over: bool) -> None:
        self.state: str = C.DRAFT
        self.is_over = is_over
        self.is_cancelled = False
        self.entries: dict[int, str] = {}
        self.whose: dict[int, int] = {}
        self.winner: int | None = None

    def may_move(self, new: str) -> bool:
        return (
            COMPETITION.allows(self.state, new)
            and not self.is_cancelled
            and not (new == C.MODERATION and not self.is_over)
            and not (new == C.CLOSED and UNDECIDED & set(self.entries.values()))
            and not (new == C.WINNER_ANNOUNCED and self.winner is None)
        )

    def may_close_early(self) -> bool:
        return self.state == C.OPEN and not self.is_cancelled

    def may_extend(self) -> bool:
        return self.may_close_early() and not self.is_over

    def may_cancel(self) -> bool:
        return not self.is_cancelled and self.state != C.WINNER_ANNOUNCED

    def takes_entry_of(self, person: int) -> bool:
        made = sum(
            self.whose[entry] == person and state not in NOT_COUNTED
            for entry, state in self.entries.items()
        )
        return (
            self.state == C.OPEN
            and not self.is_cancelled
            and not self.is_over
            and made < LIMIT
        )

    def may_decide(self, entry: int, new: str) -> bool:
        old = self.entries[entry]
        is_reopened = new == S.PENDING and old in (S.APPROVED, S.REJECTED)
        is_decided = new in (S.APPROVED, S.REJECTED, S.DISQUALIFIED) or is_reopened
        return (
            SUBMISSION.allows(old, new)
            and not (is_decided and self.is_cancelled)
            and not (old not in UNDECIDED and self.state == C.WINNER_ANNOUNCED)
            and not (is_reopened and self.state == C.CLOSED)
            and self.winner != entry
        )

    def may_award(self, entry: int) -> bool:
        return (
            self.state == C.CLOSED
            and not self.is_cancelled
            and self.entries[entry] == S.APPROVED
            and self.winner is None
        )

    def may_take_back(self) -> bool:
        return (
            self.state == C.CLOSED and not self.is_cancelled and self.winner is not None
        )


class Life(RuleBasedStateMachine):
    """One competition; what happens in it is rolled back at its end.

    ``stage`` says how far it has come before chance takes over: open, with an accepted
    entry, in moderation, closed and with its winner announced or about to be. The way
    there is always the same, so it is gone once for all lives of a test.
    """

    is_over: ClassVar[bool] = False
    planted: ClassVar[str] = ""
    # A life at each stage, to begin from.
    grown: ClassVar[list[Life]] = []
    transaction: Any = None
    model: Model
    competition: Competition
    prize: Prize
    people: list[User]
    boss: User
    second: User

    def teardown(self) -> None:
        if self.transaction:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    @initialize(stage=st.integers(0, STAGES - 1))
    def begin(self, stage: int) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        grown = self.grown[stage]
        self.model = deepcopy(grown.model)
        self.competition = copy(grown.competition)
        self.people, self.boss, self.prize = grown.people, grown.boss, grown.prize
        self.second = grown.second

    def grow(self, stage: int) -> None:
        self.found_the_house(stage)
        self.move(C.OPEN)
        if not self.is_over:
            self.reserve(0)
        if self.has_entries() and stage > 0:
            self.bring_to_acceptance(0)
        for _ in range(1, stage):
            self.close_entries_early()
            self.go_on()

    def found_the_house(self, number: int) -> None:
        self.model = Model(is_over=self.is_over)
        house = Organization.objects.create(name="House", slug=f"house-{number}")
        self.people = [
            User.objects.create(email=f"{name}-{number}@example.org")
            for name in ("a", "b")
        ]
        self.second = User.objects.create(email=f"second-{number}@example.org")
        self.boss = User.objects.create(email=f"boss-{number}@example.org")
        for person in (self.boss, self.second):
            Membership.objects.create(
                organization=house, user=person, role=Role.ORGANIZER
            )
        now = timezone.now()
        self.competition = Competition.objects.create(
            organization=house,
            title="Light",
            slug=f"light-{number}",
            opens_at=now - 2 * DAY,
            closes_at=now - DAY if self.is_over else now + DAY,
            max_entries=LIMIT,
        )
        self.prize = Prize.objects.create(competition=self.competition, name="First")

    def compare(self, allowed: bool, act: Callable[[], object]) -> bool:
        """Do it; PostgreSQL or the workflow must refuse what the model refuses."""
        error = None
        try:
            with transaction.atomic():
                act()
        except (DatabaseError, ProblemError) as found:
            error = found
        assert allowed or error, "let through"
        assert not (allowed and error), f"refused: {error}"
        return error is None

    def entry(self, number: int) -> int:
        return sorted(self.model.entries)[number % len(self.model.entries)]

    def has_entries(self) -> bool:
        return bool(self.model.entries)

    def update(self, row: Any, values: dict[str, Any]) -> Callable[[], object]:
        return lambda: type(row).objects.filter(pk=row.pk).update(**values)

    # --- the competition
    @rule(new=st.sampled_from(sorted(map(str, C))))
    def move(self, new: str) -> None:
        """By SQL, with everything that the CHECKs want in that state."""
        if new == self.model.state:
            return
        self.competition.refresh_from_db()
        values = changes(COMPETITION, self.competition, new)
        if self.compare(
            self.model.may_move(new), self.update(self.competition, values)
        ):
            self.model.state = new

    @rule()
    def go_on(self) -> None:
        """The one next step, which random moves seldom meet."""
        for new in COMPETITION.moves[self.model.state]:
            self.move(str(new))

    @rule()
    def close_entries_early(self) -> None:
        def act() -> None:
            row = Competition.objects.get(pk=self.competition.pk)
            competing.close_entries_early(row, reason="Full.", by=self.boss)

        if self.compare(self.model.may_close_early(), act):
            self.model.state, self.model.is_over = C.MODERATION, True

    @rule(days=st.sampled_from([-1, 1, 2]))
    def move_deadline(self, days: int) -> None:
        def act() -> None:
            row = Competition.objects.get(pk=self.competition.pk)
            assert row.closes_at
            closes_at = row.closes_at + days * DAY
            competing.extend_deadline(
                row, closes_at=closes_at, reason="Rain.", by=self.boss
            )

        self.compare(self.model.may_extend() and days > 0, act)

    @rule(luck=st.integers(0, 5))
    def cancel(self, luck: int) -> None:
        """Seldom: nothing happens to a cancelled competition any more."""
        if luck == 5:
            row = Competition.objects.get(pk=self.competition.pk)
            self.model.is_cancelled |= self.compare(
                self.model.may_cancel(),
                lambda: competing.cancel(row, reason="Storm.", by=self.boss),
            )

    @rule()
    def change_a_word(self) -> None:
        is_final = self.model.state == C.WINNER_ANNOUNCED
        self.compare(not is_final, self.update(self.competition, {"summary": "New"}))
        self.compare(not is_final, self.update(self.prize, {"name": "Second"}))

    # --- entries
    @rule(person=st.integers(0, 1))
    def reserve(self, person: int) -> None:
        made: list[Submission] = []

        def act() -> None:
            entry = words(idempotency_key=secrets.token_hex(8))
            row = intake._submission(self.competition, entry, self.people[person])
            made.append(insert_returning(row))

        if self.compare(self.model.takes_entry_of(person), act):
            self.model.entries[made[0].pk] = S.RESERVED
            self.model.whose[made[0].pk] = person

    @precondition(has_entries)
    @rule(number=st.integers(0, 3), new=st.sampled_from(sorted(map(str, S))))
    def decide_by_sql(self, number: int, new: str) -> None:
        pk = self.entry(number)
        if new == self.model.entries[pk]:
            return
        row = Submission.objects.get(pk=pk)
        values = changes(SUBMISSION, row, new)
        update = self.update(row, values)

        def act() -> None:
            # Without a decider the site itself acts.
            with in_name_of(User(pk=values.get("decided_by_id"))):
                update()

        if self.compare(self.model.may_decide(pk, new), act):
            self.model.entries[pk] = new

    @precondition(has_entries)
    @rule(number=st.integers(0, 3))
    def bring_to_acceptance(self, number: int) -> None:
        """The straight way, as far as it can be gone."""
        pk = self.entry(number)
        for new in TO_APPROVED:
            if SUBMISSION.allows(self.model.entries[pk], new):
                self.decide_by_sql(number, str(new))

    @precondition(has_entries)
    @rule(number=st.integers(0, 3), verb=st.sampled_from(sorted(
        ("approve", "reject", "disqualify", "reopen", "withdraw")
    )))  # fmt: skip
    def decide_by_workflow(self, number: int, verb: str) -> None:
        pk = self.entry(number)
        row = Submission.objects.get(pk=pk)
        acts: dict[str, tuple[S, Callable[[], object]]] = {
            "approve": (S.APPROVED, lambda: review.approve(row, by=self.boss)),
            "reject": (
                S.REJECTED,
                lambda: review.reject(row, reason="Blurred.", by=self.boss),
            ),
            "disqualify": (
                S.DISQUALIFIED,
                lambda: disqualify(row, by=self.boss, confirmed_by=self.second),
            ),
            "reopen": (
                S.PENDING,
                lambda: review.reopen(row, reason="Again.", by=self.boss),
            ),
            "withdraw": (
                S.WITHDRAWN,
                lambda: receipts.withdraw(row, by=row.participant),
            ),
        }
        new, act = acts[verb]
        if (verb, row.state) in (
            ("reopen", S.PROCESSING),
            ("reject", S.QUARANTINED),
        ):
            # Allowed to the machine; what else they need belongs to other verbs.
            return
        if self.compare(self.model.may_decide(pk, new), act):
            self.model.entries[pk] = new

    @precondition(has_entries)
    @rule(number=st.integers(0, 3))
    def delete(self, number: int) -> None:
        row = Submission(pk=self.entry(number))
        table = row._meta.db_table
        self.compare(False, lambda: raw(f"DELETE FROM {table} WHERE id = {row.pk}"))

    # --- the prize
    @precondition(has_entries)
    @rule(number=st.integers(0, 3))
    def give_the_prize(self, number: int) -> None:
        pk = self.entry(number)
        row = Submission.objects.get(pk=pk)
        if self.compare(
            self.model.may_award(pk),
            lambda: review.give_award(self.prize, row, by=self.boss),
        ):
            self.model.winner = pk

    @rule()
    def take_the_prize_back(self) -> None:
        award = Award.objects.standing().filter(prize=self.prize).first()
        if award is not None and self.compare(
            self.model.may_take_back(),
            lambda: review.take_award_back(award, reason="Twice.", by=self.boss),
        ):
            self.model.winner = None

    @invariant()
    def rows_are_as_the_model_says(self) -> None:
        if not hasattr(self, "model"):
            return
        ((state, is_cancelled, winner, entries),) = rows(
            "SELECT state, cancelled_at IS NOT NULL, (SELECT submission_id FROM"
            " submissions_award WHERE competition_id = c.id AND taken_back_at IS NULL),"
            " ARRAY(SELECT id || ' ' || state FROM submissions_submission"
            " WHERE competition_id = c.id)"
            " FROM competitions_competition AS c WHERE id = %s",
            [self.competition.pk],
        )
        found = (state, is_cancelled, winner)
        assert found == (self.model.state, self.model.is_cancelled, self.model.winner)
        expected = {f"{pk} {state}" for pk, state in self.model.entries.items()}
        assert set(entries) == expected


class LifeAfterTheDeadline(Life):
    is_over = True


def check(life: type[Life], runs: int, number: int = 0, **more: Any) -> None:
    """So many lives; the same ones for the same number. Nothing of them stays."""
    with transaction.atomic():
        if life.planted:
            raw(life.planted)
        run_state_machine_as_test(
            seed(number)(type(life.__name__, (life,), {"grown": all_stages(life)})),
            settings=settings(
                max_examples=runs,
                stateful_step_count=STEPS,
                database=None,
                deadline=None,
                report_multiple_bugs=False,
                verbosity=Verbosity.quiet,
                suppress_health_check=list(HealthCheck),
                **more,
            ),
        )
        transaction.set_rollback(True)


def all_stages(life: type[Life]) -> list[Life]:
    """A life at each stage, whose competition the lives of chance begin with."""
    grown = [life() for _ in range(STAGES)]
    for stage, one in enumerate(grown):
        one.grow(stage)
        one.rows_are_as_the_model_says()
    return grown


@pytest.fixture
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Open, without a transaction: each life begins and rolls back its own."""
    with django_db_blocker.unblock():
        yield


LIVES = [(LifeAfterTheDeadline, 0), *((Life, number) for number in range(1, 5))]


@pytest.mark.parametrize(("life", "number"), LIVES[:2])
def test_postgresql_and_the_model_agree(db, life, number):
    with as_the_site():
        check(life, FEW, number)


@pytest.mark.trial
@pytest.mark.soak
@pytest.mark.parametrize(("life", "number"), LIVES)
def test_postgresql_and_the_model_agree_a_thousand_times(db, life, number):
    with as_the_site():
        check(life, MANY, number)


# Not ``competition_moves``: what it would let through, ``competition_guard`` refuses.
PLANTED = {
    "competition_guard": "competitions_competition",
    "submission_moves": "submissions_submission",
    "submission_arrives": "submissions_submission",
    "submission_stays": "submissions_submission",
    "submission_settled": "submissions_submission",
    "award_guard": "submissions_award",
}

# Who arrives is told by the trigger how long the file may take; without it the column
# would refuse everybody.
ALSO = {
    "submission_arrives": "ALTER TABLE submissions_submission"
    " ALTER upload_until DROP NOT NULL"
}


# Whose absence only many lives find.
SELDOM = ("submission_moves", "award_guard")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name, marks=[pytest.mark.trial, pytest.mark.soak] if name in SELDOM else []
        )
        for name in PLANTED
    ],
)
def test_the_model_notices_a_guard_that_is_gone(db, name):
    """The control: a few lives are enough to find what one missing guard allows."""
    drop = f"DROP TRIGGER {name} ON {PLANTED[name]}; {ALSO.get(name, '')}"
    life = type("PlantedLife", (Life,), {"planted": drop})
    with pytest.raises(AssertionError, match="let through"):
        check(life, 150, phases=[Phase.generate])
