"""The pages of jurors: what they show, keep and refuse."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from mycenas.accounts.models import Role
from mycenas.core.db.database import DatabaseNow
from submissions.judging.models import Conflict, Remark, Score
from submissions.judging.states import AssignmentState as A
from submissions.judging.states import RoundState
from tests.ended_sessions import with_form_of
from tests.factories import UserFactory, staff
from tests.sessions import client_of
from tests.submissions.judging.world import Jury, acted_by

pytestmark = pytest.mark.django_db
ROUNDS = reverse("judging:rounds")
BACKEND = settings.AUTHENTICATION_BACKENDS[0]


@pytest.fixture
def jury() -> Jury:
    return Jury()


@pytest.fixture
def juror(jury: Jury) -> Client:
    return client_of(jury.jurors[0].user)


# Session, person, seat, queue, pictures, draw.
QUERIES = 6


def page(jury: Jury, name: str = "entry", position: int = 1) -> str:
    return reverse(f"judging:{name}", args=[jury.round.pk, position])


def queue(jury: Jury) -> str:
    return reverse("judging:queue", args=[jury.round.pk])


def form(jury: Jury, points: str = "7", after: int = 0, **more: str) -> dict[str, str]:
    criterion = f"criterion-{jury.criterion.pk}"
    return {"after": str(after), criterion: points, "note": "", "feedback": "", **more}


def stored(jury: Jury, which: int = 0) -> list[tuple[int, dict[str, str]]]:
    with acted_by(jury.jurors[which].user):
        rows = Score.objects.filter(assignment=jury.pair(which)).order_by("version")
        return list(rows.values_list("version", "given"))


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_juror_finds_the_round_the_queue_and_the_next_entry(jury, juror):
    assert queue(jury) in text(juror.get(ROUNDS))
    shown = text(juror.get(queue(jury)))
    assert "0 of 2 entries done." in shown
    assert page(jury) in shown
    assert jury.entries[0].title in text(juror.get(page(jury)))


def test_pages_of_a_juror_lead_back_to_judging(juror, signed_in):
    link = f'<a href="{ROUNDS}">Judging</a>'
    for client, is_juror in ((juror, True), (signed_in(UserFactory()), False)):
        assert link not in text(client.get("/"))
        client.get(ROUNDS)
        assert (link in text(client.get("/"))) is is_juror


def test_a_score_is_saved_and_the_next_entry_comes(jury, juror):
    answer = juror.post(page(jury), form(jury, note="Blue.", feedback="Bold."))
    assert answer["Location"] == page(jury, position=2)
    criterion = str(jury.criterion.pk)
    assert stored(jury) == [(1, {criterion: "7"})]
    shown = text(juror.get(page(jury)))
    for words in ('value="7"', "Blue.", "Bold.", "Saved"):
        assert words in shown
    juror.post(page(jury, position=2), {**form(jury), "after": "0"})
    assert "You are done." in text(juror.get(queue(jury)))


def test_the_same_form_twice_is_saved_once(jury, juror):
    for _ in range(2):
        assert juror.post(page(jury), form(jury, note="Blue.")).status_code == 302
    assert len(stored(jury)) == 1
    with acted_by(jury.jurors[0].user):
        assert Remark.objects.count() == 1


def test_another_window_does_not_overwrite(jury, juror):
    juror.post(page(jury), form(jury, "7"))
    answer = juror.post(page(jury), form(jury, "3", note="Mine."))
    assert "scored in another window" in text(answer)
    assert "Mine." in text(answer)
    assert len(stored(jury)) == 1


def test_partial_points_are_kept_and_do_not_count(jury):
    votes = Jury(method="yes_no_maybe")
    client = client_of(votes.jurors[0].user)
    sent = {"after": "0", "note": "Look again.", "feedback": ""}
    answer = client.post(page(votes), sent, follow=True)
    assert "It counts once all points are given." in text(answer)
    assert "Look again." in text(client.get(page(votes)))
    assert votes.pair().state == A.ASSIGNED
    client.post(page(votes), {**sent, "after_remark": "1", "vote": "maybe"})
    assert votes.pair().state == A.SCORED
    assert stored(votes)[-1][1] == {"vote": "maybe"}


@pytest.mark.parametrize("points", ["0", "11", "1.5", "x"])
def test_points_off_the_scale_stay_to_be_corrected(jury, juror, points):
    answer = juror.post(page(jury), form(jury, points, note="Kept."))
    assert answer.status_code == 200
    assert "Kept." in text(answer)
    assert stored(jury) == []


@pytest.mark.parametrize("points", ["0", "11", "1.5"])
def test_the_scale_is_said_without_what_the_criterion_asks(jury, juror, points):
    answer = juror.post(page(jury), form(jury, points))
    wanted = f"{points} is not on the scale. Give 1 to 10 in steps of 1."
    assert wanted in text(answer)


def test_an_entry_is_skipped_and_returned_to(jury, juror):
    assert page(jury, position=2) in text(juror.get(page(jury)))
    juror.post(page(jury, position=2), form(jury))
    assert page(jury) in text(juror.get(queue(jury)))
    assert "1 of 2 entries done." in text(juror.get(queue(jury)))


def test_a_juror_abstains_with_a_reason_and_may_score_after_all(jury, juror):
    address = page(jury, "abstain")
    assert juror.post(address, {"reason": " "}).status_code == 200
    juror.post(address, {"reason": "I know it."})
    assert jury.pair().state == A.ABSTAINED
    assert "I know it." in text(juror.get(page(jury)))
    juror.post(page(jury), form(jury, after_remark="1"))
    assert jury.pair().state == A.SCORED
    juror.post(address, {"reason": "I know it."})
    juror.post(page(jury), form(jury, after=1, after_remark="2"))
    assert jury.pair().state == A.SCORED


def test_a_declared_conflict_takes_the_entry_away(jury, juror):
    juror.post(page(jury), form(jury))
    answer = juror.post(page(jury, "conflict"), {"kind": "team", "explanation": "We."})
    assert answer["Location"] == page(jury, position=2)
    assert Conflict.objects.get().reason == "We."
    assert jury.pair().state == A.VOID
    assert juror.get(page(jury)).status_code == 404


def test_the_rules_come_first(jury):
    fresh = Jury(rules="Be *kind*.")
    new = fresh.join()
    client = client_of(new.user)
    shown = text(client.get(queue(fresh)))
    assert "<em>kind</em>" in shown
    assert client.get(page(fresh)).status_code == 404
    client.post(reverse("judging:accept", args=[fresh.round.pk]))
    new.refresh_from_db()
    assert new.accepted_at is not None
    assert "No entry is assigned to you." in text(client.get(queue(fresh)))


def test_pages_of_others_are_not_there(jury):
    other = Jury()
    for person in (
        other.jurors[0].user,
        UserFactory(),
        staff(Role.ORGANIZER, jury.competition.organization),
    ):
        client = client_of(person)
        for address in (queue(jury), page(jury), page(jury, "abstain")):
            assert client.get(address).status_code == 404
            assert client.post(address, form(jury)).status_code in (404, 405)
    assert Client().get(page(jury)).status_code == 302


def test_a_draft_is_not_shown_to_its_jurors(jury, juror):
    jury.round.move(RoundState.DRAFT, opened_at=None)
    assert queue(jury) not in text(juror.get(ROUNDS))
    assert juror.get(queue(jury)).status_code == 404


def test_after_the_close_a_juror_reads_and_a_late_form_stays_to_be_read(jury, juror):
    one = Jury(entries=1)
    clients = [client_of(seat.user) for seat in one.jurors]
    for which, client in enumerate(clients):
        client.post(page(one, position=one.pair(which).position), form(one))
    one.round.move(RoundState.CLOSED, closed_at=DatabaseNow())
    shown = text(clients[0].get(page(one)))
    assert "takes no more scores" in shown
    assert "<dd" in shown
    late = clients[0].post(page(one), form(one, "9", after=1, note="Late."))
    assert "no score is taken any more" in text(late)
    assert "Late." in text(late)
    assert len(stored(one)) == 1


def test_no_page_of_a_juror_names_an_artist(jury, juror):
    name = jury.entries[0].participant.name
    for address in (ROUNDS, queue(jury), page(jury), page(jury, "conflict")):
        assert name not in text(juror.get(address))


def test_words_survive_the_end_of_the_session(jury):
    browser = with_form_of(jury.jurors[0].user, page(jury))
    answer = browser.post(page(jury), form(jury, note="Blue."))
    assert "/accounts/login/" in answer["Location"]
    browser.force_login(jury.jurors[0].user, backend=BACKEND)
    shown = text(browser.get(page(jury)))
    assert "Blue." in shown
    assert 'value="7"' in shown
    assert stored(jury) == []


def test_a_note_is_never_shown_to_another_juror(jury):
    ines, jonas = (juror.user for juror in jury.jurors[:2])
    browser = with_form_of(ines, page(jury))
    browser.post(page(jury), form(jury, note="Note of Ines."))
    browser.force_login(jonas, backend=BACKEND)
    assert "Note of Ines." not in text(browser.get(page(jury)))
    # By the form of a guest, or of unknown people, nothing is kept at all.
    stranger = Client()
    stranger.post(page(jury), form(jury, note="Note of Ines."))
    stranger.force_login(jonas, backend=BACKEND)
    assert "Note of Ines." not in text(stranger.get(page(jury)))


def test_pages_cost_the_same_for_more_entries(jury, juror, django_assert_num_queries):
    with django_assert_num_queries(QUERIES):
        juror.get(queue(jury))
    many = Jury(entries=4)
    another = client_of(many.jurors[0].user)
    with django_assert_num_queries(QUERIES):
        another.get(queue(many))
