"""Rankings: the form of their jurors, what PostgreSQL refuses, and the result."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from psycopg.types.json import Jsonb

from mycenas.core.http.errors import ProblemError
from submissions.judging.models import Round, Score
from submissions.judging.publishing.standings import standings_of
from submissions.judging.publishing.workflow import seal
from submissions.judging.states import Advance
from submissions.judging.states import AssignmentState as A
from submissions.judging.workflow import open_round, take_in
from tests.database.tools import raw, refusal, refused, rows
from tests.factories import disqualify, organizer_of
from tests.sessions import client_of
from tests.submissions.judging.publishing.rounds import close, publish
from tests.submissions.judging.world import Jury, acted_by

pytestmark = pytest.mark.django_db
SCORE = "INSERT INTO judging_score (assignment_id, version, given) VALUES (%s, %s, %s)"


@pytest.fixture
def jury() -> Jury:
    return Jury(method="borda", entries=3)


def client(jury: Jury, juror: int = 0) -> Client:
    return client_of(jury.jurors[juror].user)


def address(jury: Jury) -> str:
    return reverse("judging:ranking", args=[jury.round.pk])


def form(
    jury: Jury, places: tuple[str, ...], after: int = 0, juror: int = 0, **more: str
) -> dict[str, str]:
    """The form with these places, in the order of the entries."""
    sent = dict(more)
    for number, place in enumerate(places):
        pair = jury.pair(juror, number)
        sent[f"place-{pair.pk}"] = place
        sent[f"after-{pair.pk}"] = str(after)
    return sent


def saved(jury: Jury, juror: int = 0) -> list[Any]:
    """The last versions, in the order of the entries."""
    found = []
    with acted_by(jury.jurors[juror].user):
        for number in range(len(jury.entries)):
            rows = Score.objects.filter(assignment=jury.pair(juror, number))
            row = rows.order_by("version").last()
            found.append(row and (row.version, row.given))
    return found


def states(jury: Jury) -> list[str]:
    return [jury.pair(0, number).state for number in range(len(jury.entries))]


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_ranking_counts_once_each_entry_has_a_place(jury):
    here = client(jury)
    begun = here.post(address(jury), form(jury, ("2", "", "1")), follow=True)
    assert "It counts" in text(begun) or "counts once each entry" in text(begun)
    assert saved(jury) == [(1, {"draft": "2"}), None, (1, {"draft": "1"})]
    assert states(jury) == [A.ASSIGNED] * 3
    sent = form(jury, ("2", "3", "1"), after=1)
    sent[f"after-{jury.pair(0, 1).pk}"] = "0"
    done = here.post(address(jury), sent, follow=True)
    assert "Saved your ranking." in text(done)
    assert "Your ranking counts." in text(done)
    assert saved(jury) == [
        (2, {"place": "2"}),
        (1, {"place": "3"}),
        (2, {"place": "1"}),
    ]
    assert states(jury) == [A.SCORED] * 3


def test_the_rest_of_a_ranking_shares_the_last_places(jury):
    here = client(jury)
    here.post(address(jury), form(jury, ("", "1", ""), rest_last="on"))
    assert [given for _, given in saved(jury)] == [
        {"place": "last"},
        {"place": "1"},
        {"place": "last"},
    ]
    page = text(here.get(address(jury)))
    assert "checked" in page[page.index("rest_last") - 60 :]


def test_the_same_ranking_sent_twice_is_saved_once(jury):
    here, sent = client(jury), form(jury, ("2", "3", "1"))
    for _ in range(2):
        assert here.post(address(jury), sent).status_code == 302
    assert [version for version, _ in saved(jury)] == [1, 1, 1]


def test_places_can_be_exchanged(jury):
    here = client(jury)
    here.post(address(jury), form(jury, ("1", "2", "3")))
    here.post(address(jury), form(jury, ("2", "1", "3"), after=1))
    assert saved(jury) == [
        (2, {"place": "2"}),
        (2, {"place": "1"}),
        (1, {"place": "3"}),
    ]


def test_an_older_window_does_not_replace_a_newer_ranking(jury):
    here = client(jury)
    here.post(address(jury), form(jury, ("1", "2", "3")))
    answer = here.post(address(jury), form(jury, ("3", "2", "1")))
    assert "another window" in text(answer)
    assert 'value="3"' in text(answer)
    assert [given["place"] for _, given in saved(jury)] == ["1", "2", "3"]


def test_two_entries_with_one_place_are_named_in_the_form(jury):
    answer = client(jury).post(address(jury), form(jury, ("1", "1", "2")))
    assert text(answer).count("2 entries have place 1. Change it.") >= 2
    assert saved(jury) == [None] * 3


@pytest.mark.parametrize("place", ["0", "10000", "first", "-1", "1.5", "9" * 40])
def test_what_is_no_place_is_refused_and_stays(jury, place):
    answer = client(jury).post(address(jury), form(jury, (place, "1", "2")))
    assert answer.status_code == 200
    assert f'value="{place}"' in text(answer)
    assert saved(jury) == [None] * 3


def test_a_ranking_that_counts_keeps_a_place_for_each_entry(jury):
    here = client(jury)
    here.post(address(jury), form(jury, ("1", "2", "3")))
    answer = here.post(address(jury), form(jury, ("1", "2", ""), after=1))
    assert "each entry keeps a place" in text(answer)


def test_one_who_abstains_gives_no_place_until_there_is_one(jury):
    here = client(jury)
    where = [jury.round.pk, jury.pair(0, 2).position]
    reason = {"reason": "I know this street."}
    here.post(reverse("judging:abstain", args=where), reason)
    here.post(address(jury), form(jury, ("1", "2", "")))
    assert states(jury) == [A.SCORED, A.SCORED, A.ABSTAINED]
    sent = form(jury, ("1", "2", "3"), after=1)
    sent[f"after-{jury.pair(0, 2).pk}"] = "0"
    assert "in another window" in text(here.post(address(jury), sent))
    assert states(jury) == [A.SCORED, A.SCORED, A.ABSTAINED]
    sent[f"after-{jury.pair(0, 2).pk}"] = "0-abstained"
    here.post(address(jury), sent)
    assert states(jury) == [A.SCORED] * 3


def test_a_note_on_the_page_of_an_entry_leaves_its_place(jury):
    here = client(jury)
    here.post(address(jury), form(jury, ("1", "2", "3")))
    page = reverse("judging:entry", args=[jury.round.pk, 1])
    assert "on the page of your ranking" in text(here.get(page))
    assert 'type="number"' not in text(here.get(page))
    # Also beside a ranking that was saved again meanwhile.
    here.post(address(jury), form(jury, ("2", "1", "3"), after=1))
    sent = {"after": "1", "after_remark": "0", "note": "Warm.", "feedback": ""}
    answer = here.post(page, sent)
    assert answer["Location"] == reverse("judging:entry", args=[jury.round.pk, 2])
    assert [given["place"] for _, given in saved(jury)] == ["2", "1", "3"]


def test_a_note_does_not_take_an_abstention_back(jury):
    here = client(jury)
    here.post(address(jury), form(jury, ("1", "2", "3")))
    where = [jury.round.pk, 1]
    here.post(reverse("judging:abstain", args=where), {"reason": "I know it."})
    page = reverse("judging:entry", args=where)
    sent = {"after": "1", "after_remark": "1", "note": "Warm.", "feedback": ""}
    assert here.post(page, sent).status_code == 302
    assert A.ABSTAINED in states(jury)


def test_other_methods_have_no_ranking():
    jury = Jury()
    assert client(jury).get(address(jury)).status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        {"place": "0"},
        {"place": "10000"},
        {"place": "first"},
        {"place": None},
        {"place": "1", "draft": "1"},
        {"vote": "yes"},
        ["1"],
    ],
)
def test_postgresql_refuses_what_is_no_place(jury, given):
    with acted_by(jury.jurors[0].user):
        values = [jury.pair().pk, 1, Jsonb(given)]
        assert refused(SCORE, values) == "score_on_scale"


def test_postgresql_refuses_one_place_twice(jury):
    first, second, third = (jury.pair(0, number).pk for number in range(3))
    with acted_by(jury.jurors[0].user):
        raw(SCORE, [first, 1, Jsonb({"place": "1"})])
        one = [second, 1, Jsonb({"place": "1"})]
        assert refused(SCORE, one) == "score_places_differ"
        for pair in (second, third):
            raw(SCORE, [pair, 1, Jsonb({"place": "last"})])


def counted(jury: Jury, *rankings: tuple[str, ...]) -> Any:
    """The standing of the round in which the jurors rank so."""
    for juror, places in enumerate(rankings):
        sent = form(jury, places, juror=juror, rest_last="on")
        client(jury, juror).post(address(jury), sent)
    close(jury)
    seal(jury.round)
    publish(jury)
    (standing,) = standings_of(jury.competition)
    return standing


def result_page(jury: Jury) -> str:
    where = [jury.competition.slug, jury.round.pk]
    return text(Client().get(reverse("submissions:result", args=where)))


def test_rankings_are_counted_by_borda():
    jury = Jury(method="borda", entries=3, tie_break=["most_firsts"])
    standing = counted(jury, ("1", "2", "3"), ("1", "", ""))
    # Shares of others below: 1 and 1; 1/2 and 1/4; 0 and 1/4.
    places = [(one.entry, one.points) for one in standing.places]
    assert places == list(zip(jury.entries, ("1.00", "0.38", "0.12"), strict=True))
    page = result_page(jury)
    assert "2 jurors, 2 rankings, 0 recusals" in page
    for words in ("place 1", "among the last", "the share of first places"):
        assert words in page


def test_rankings_elect_by_single_transferable_vote():
    jury = Jury(method="stv", entries=3, jurors=4, advance=Advance.TOP, advance_value=1)
    standing = counted(
        jury, ("1", "", ""), ("1", "2", ""), ("", "1", ""), ("1", "", "")
    )
    assert standing.places[0].entry == jury.entries[0]
    assert standing.places[0].fate == "elected"
    page = result_page(jury)
    assert "elected 1 of them" in page
    assert "4 rankings" in page


def test_an_election_says_how_many_it_elects(jury):
    with pytest.raises(Exception, match="round_elects_so_many"):
        Round.objects.create(competition=jury.competition, name="Second", method="stv")


def test_a_ranking_of_one_entry_is_no_reading(jury):
    here = client(jury)
    for number in (1, 2):
        where = [jury.round.pk, jury.pair(0, number).position]
        reason = {"reason": "I know it."}
        here.post(reverse("judging:abstain", args=where), reason)
    here.post(address(jury), form(jury, ("1", "", "")))
    assert states(jury) == [A.SCORED, A.ABSTAINED, A.ABSTAINED]
    found = dict(rows("SELECT * FROM judging_readings(%s)", [jury.round.pk]))
    assert set(found.values()) == {0}
    with refusal("round_quorum_met"):
        close(jury)


def test_a_juror_gets_two_entries_to_rank():
    jury = Jury(method="borda", entries=2, is_open=False, readings=1)
    by = organizer_of(jury.competition)
    with pytest.raises(ProblemError, match="nothing to compare"):
        open_round(jury.round, by=by)
    assert Round.objects.get().state == "draft"


def test_the_place_of_an_entry_that_left_is_free(jury):
    here = client(jury)
    here.post(address(jury), form(jury, ("1", "2", "3")))
    disqualify(jury.entries[0])
    del jury.entries[0]
    here.post(address(jury), form(jury, ("1", "2"), after=1))
    assert [given["place"] for _, given in saved(jury)] == ["1", "2"]


def test_a_ranking_without_any_place_says_nothing(jury):
    answer = client(jury).post(address(jury), form(jury, ("", "", ""), rest_last="on"))
    assert "Give at least one entry a place" in text(answer)
    with acted_by(jury.jurors[0].user):
        for number in range(3):
            raw(SCORE, [jury.pair(0, number).pk, 1, Jsonb({"place": "last"})])
    found = dict(rows("SELECT * FROM judging_readings(%s)", [jury.round.pk]))
    assert set(found.values()) == {0}


def test_taking_in_jurors_leaves_the_assignments_that_stay():
    jury = Jury(method="borda", entries=4, jurors=1, readings=1)
    here = client(jury)
    keys = {pair.pk for pair in jury.jurors[0].assignments.all()}
    take_in(jury.round, by=organizer_of(jury.competition))
    assert {pair.pk for pair in jury.jurors[0].assignments.all()} == keys
    here.post(address(jury), form(jury, ("1", "2", "3", "4")))
    assert states(jury) == [A.SCORED] * 4
