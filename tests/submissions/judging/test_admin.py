"""Organizers make a round, open it, see how far it is, and close it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from competitions.roles.models import CompetitionRole
from competitions.states import CompetitionState
from mycenas.accounts.models import Role
from mycenas.core.db.database import DatabaseNow
from submissions.judging import workflow
from submissions.judging.models import Assignment, Juror, Round, Score
from submissions.judging.states import RoundState
from submissions.models import Submission
from tests.factories import CompetitionFactory, UserFactory, contest, staff
from tests.sessions import client_of
from tests.submissions.judging.world import Jury, acted_by

pytestmark = pytest.mark.django_db
ADD = reverse("admin:judging_round_add")
SETTINGS = {
    "category": "", "name": "First", "position": "1", "method": "weighted",
    "aggregate": "additive_fit", "rules": "Be kind.", "readings": "2", "quorum": "1",
    "load_limit": "", "tie_break": ["median"],
    "criteria-TOTAL_FORMS": "1", "criteria-INITIAL_FORMS": "0",
    "criteria-0-name": "Idea", "criteria-0-description": "", "criteria-0-weight": "1",
    "criteria-0-low": "1", "criteria-0-high": "10", "criteria-0-step": "1",
    "criteria-0-position": "1",
}  # fmt: skip


def organizer(competition: Any) -> Client:
    return client_of(staff(Role.ORGANIZER, competition.organization))


def change(this: Round) -> str:
    return reverse("admin:judging_round_change", args=[this.pk])


def do(client: Client, this: Round, verb: str, **data: Any) -> str:
    """Read the question, then answer it; the text of the page that comes."""
    address = reverse("admin:judging_round_do", args=[this.pk, verb])
    asked = client.get(address)
    assert asked.status_code == 200, verb
    form = asked.context["form"]
    digest = form["digest"].value() if "digest" in form.fields else ""
    sent = {"digest": digest, **data}
    sent[asked.context["seen"]] = asked.context["mark"]
    # A request is a transaction of its own and sets its actor; a test is one of all.
    connection.run_on_commit.clear()
    answer = client.post(address, sent, follow=True)
    this.refresh_from_db()
    return answer.content.decode()


def judged(jurors: int = 2, entries: int = 2) -> Any:
    competition = contest(CompetitionState.CLOSED, entries=entries)
    for _ in range(jurors):
        CompetitionRole.objects.create(
            competition=competition, user=UserFactory(), role=Role.JUROR
        )
    return competition


def score(pair: Assignment, points: str = "7") -> None:
    with acted_by(pair.juror.user):
        pair.juror.refresh_from_db()
        if not pair.juror.accepted_at:
            rows = Juror.objects.filter(pk=pair.juror_id)
            rows.update(accepted_at=DatabaseNow())
        given = {str(one.pk): points for one in pair.round.criteria.all()}
        Score.objects.create(
            assignment=pair, version=pair.last_version + 1, given=given
        )


def test_from_a_new_round_to_its_close():
    competition = judged()
    client = organizer(competition)
    answer = client.post(ADD, {**SETTINGS, "competition": competition.pk})
    assert answer.status_code == 302, answer.context["errors"]
    this = Round.objects.get()
    assert (
        "New entries: 2. New jurors: 2."
        in client.get(
            reverse("admin:judging_round_do", args=[this.pk, "take-in"])
        ).content.decode()
    )
    do(client, this, "take-in")
    assert "Done: Open the round" in do(client, this, "open")
    assert (this.state, this.assignments.count()) == (RoundState.OPEN, 4)
    shown = client.get(change(this)).content.decode()
    assert "2; 2 have fewer than 1 scores." in shown
    assert "has not accepted the rules; 2 to score" in shown
    assert "two persons may close the round" in shown
    for pair in this.assignments.all():
        score(pair)
    shown = client.get(change(this)).content.decode()
    assert "2; 0 have fewer than 1 scores." in shown
    assert "2 scored, 0 to score" in shown
    do(client, this, "close")
    assert this.state == RoundState.CLOSED


def test_no_page_of_an_organizer_has_a_sealed_score():
    jury = Jury()
    client = organizer(jury.competition)
    score(jury.pair(), "9")
    history = reverse("admin:judging_round_history", args=[jury.round.pk])
    overview = reverse(
        "admin:competitions_competition_overview", args=[jury.competition.pk]
    )
    for address in (change(jury.round), history, overview):
        shown = client.get(address).content.decode()
        assert jury.round.name in shown
        assert f'"{jury.criterion.pk}": "9"' not in shown
        assert jury.round.seed not in shown


def test_a_round_below_its_quorum_is_closed_by_two():
    jury = Jury()
    one, another = (organizer(jury.competition) for _ in range(2))
    do(one, jury.round, "propose-close", reason="Two jurors fell ill.")
    assert jury.round.state == RoundState.OPEN
    assert "another person" in do(one, jury.round, "confirm-close").lower()
    assert jury.round.state == RoundState.OPEN
    do(another, jury.round, "confirm-close")
    assert jury.round.state == RoundState.CLOSED
    assert jury.round.close_reason == "Two jurors fell ill."


def test_a_round_is_cancelled_by_two_and_holds_nothing_back():
    jury = Jury()
    score(jury.pair())
    one, another = (organizer(jury.competition) for _ in range(2))
    do(one, jury.round, "propose-cancel", reason="Wrong criteria.")
    do(another, jury.round, "end-cancel", reason="They are right.")
    assert jury.round.state == RoundState.OPEN
    do(one, jury.round, "propose-cancel", reason="Wrong criteria.")
    do(another, jury.round, "confirm-cancel")
    assert jury.round.state == RoundState.CANCELLED
    assert not jury.competition.holds.exists()
    assert not Score.objects.exists()


def test_an_open_round_without_a_score_becomes_a_draft_again():
    jury = Jury()
    client = organizer(jury.competition)
    do(client, jury.round, "back-to-draft")
    assert jury.round.state == RoundState.DRAFT
    do(client, jury.round, "open")
    assert jury.round.assignments.count() == 4


def test_an_absent_juror_keeps_scores_and_gives_the_rest_to_others():
    jury = Jury(jurors=3, readings=2, is_open=False)
    by = staff(Role.ORGANIZER, jury.competition.organization)
    Assignment.objects.all().delete()
    workflow.open_round(jury.round, by=by)
    kept = jury.round.assignments.all()[0]
    absent = kept.juror
    score(kept)
    workflow.mark_absent(absent, by=by)
    assert set(absent.assignments.values_list("pk", flat=True)) == {kept.pk}
    assert jury.round.assignments.count() == 4
    workflow.mark_present(absent, by=by)
    absent.refresh_from_db()
    assert absent.absent_since is None


def test_a_plan_that_cannot_be_made_names_the_entry():
    jury = Jury(readings=3, quorum=1, is_open=False)
    Assignment.objects.all().delete()
    client = organizer(jury.competition)
    shown = do(client, jury.round, "open")
    assert jury.round.state == RoundState.DRAFT
    assert f"({jury.entries[0].pk}) needs 3 more readings" in shown


def test_nobody_gets_own_work():
    competition = judged(jurors=3, entries=1)
    entry = Submission.objects.get(competition=competition)
    CompetitionRole.objects.create(
        competition=competition, user=entry.participant, role=Role.JUROR
    )
    by = staff(Role.ORGANIZER, competition.organization)
    this = Round.objects.create(competition=competition, name="First", readings=3)
    this.criteria.create(name="Idea")
    workflow.take_in(this, by=by)
    workflow.open_round(this, by=by)
    assert this.jurors.count() == 4
    mine = this.jurors.get(user=entry.participant)
    assert not mine.assignments.exists()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"tie_break": ["most_yes"]}, "The method does not know: more yes."),
        ({"method": "yes_no_maybe"}, "The method does not know: the higher median."),
        ({"quorum": "3"}, "An entry cannot have more scores than readings"),
    ],
)
def test_settings_that_do_not_go_together_are_explained(wrong, sentence):
    competition = judged()
    sent = {**SETTINGS, "competition": competition.pk, **wrong}
    shown = organizer(competition).post(ADD, sent).content.decode()
    assert sentence in shown
    assert not Round.objects.exists()


def test_a_category_of_another_competition_is_refused():
    competition, other = judged(), CompetitionFactory()
    category = other.categories.create(name="Light", slug="light", position=1)
    by = staff(Role.ORGANIZER, competition.organization)
    other.roles.create(user=by, role=Role.ORGANIZER)
    sent = {**SETTINGS, "competition": competition.pk, "category": category.pk}
    shown = client_of(by).post(ADD, sent).content.decode()
    assert "Choose one of this competition" in shown


def test_rounds_of_other_organizations_are_not_there():
    jury = Jury()
    stranger = organizer(CompetitionFactory())
    for name, more in (("change", []), ("history", []), ("do", ["close"])):
        address = reverse(f"admin:judging_round_{name}", args=[jury.round.pk, *more])
        answer = stranger.get(address)
        assert answer.status_code in (302, 404), name
        assert jury.round.name not in answer.content.decode()


def test_settings_of_an_open_round_are_not_in_a_form():
    jury = Jury()
    shown = organizer(jury.competition).get(change(jury.round)).content.decode()
    assert 'name="readings"' not in shown
    assert 'name="criteria-0-name"' not in shown


def test_the_competition_says_what_holds_it_back():
    jury = Jury()
    client = organizer(jury.competition)
    page = reverse(
        "admin:competitions_competition_overview", args=[jury.competition.pk]
    )
    shown = client.get(page).content.decode()
    assert "is neither published nor cancelled (open)" in shown
    assert change(jury.round) in shown
