"""What jurors write: kept apart by windows, and counted as begun."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from submissions.judging import workflow
from submissions.judging.models import Remark
from submissions.judging.states import AssignmentState as A
from tests.database.tools import alter, drop_guard, one, raw, refusal, refused
from tests.factories import organizer_of
from tests.sessions import client_of
from tests.submissions.judging.test_pages import form, page, stored, text
from tests.submissions.judging.world import Jury, acted_by

pytestmark = pytest.mark.django_db
REMARK = (
    "INSERT INTO judging_remark (assignment_id, version, kind, text)"
    " VALUES (%s, %s, 'note', %s)"
)


@pytest.fixture
def jury() -> Jury:
    return Jury()


@pytest.fixture
def juror(jury: Jury) -> Client:
    return client_of(jury.jurors[0].user)


def noted(jury: Jury) -> None:
    """The first juror writes a note on the first entry, and gives no points."""
    with acted_by(jury.jurors[0].user):
        raw(REMARK, [jury.pair().pk, 1, "Look again."])


def shown_form(juror: Client, jury: Jury) -> dict[str, Any]:
    """The form as its page shows it now."""
    found = juror.get(page(jury)).context["form"]
    values = {name: found[name].value() for name in found.fields}
    return {name: "" if value is None else value for name, value in values.items()}


def words(jury: Jury) -> list[tuple[str, str]]:
    with acted_by(jury.jurors[0].user):
        rows = Remark.objects.filter(assignment=jury.pair()).order_by("pk")
        return list(rows.values_list("kind", "text"))


# --- windows


def test_an_older_window_does_not_overwrite_words(jury, juror):
    older = shown_form(juror, jury)
    juror.post(page(jury), {**older, "feedback": "Long feedback."})
    answer = juror.post(page(jury), {**older, "note": "Note of the second."})
    assert "wrote about this entry in another window" in text(answer)
    assert "Note of the second." in text(answer)
    assert words(jury) == [("feedback", "Long feedback.")]


def test_an_older_window_does_not_take_points_back_either(jury, juror):
    older = shown_form(juror, jury)
    criterion = f"criterion-{jury.criterion.pk}"
    juror.post(page(jury), {**older, criterion: "7", "note": "Blue."})
    newer = shown_form(juror, jury)
    juror.post(page(jury), {**newer, "note": "Red."})
    answer = juror.post(page(jury), {**newer, criterion: "3"})
    assert "scored in another window" in text(answer)
    assert [given for _, given in stored(jury)] == [{str(jury.criterion.pk): "7"}]
    assert words(jury)[-1] == ("note", "Red.")


def test_the_newest_window_goes_on(jury, juror):
    for number in range(3):
        sent = shown_form(juror, jury)
        told = {"note": f"Note {number}.", "feedback": f"Feedback {number}."}
        for _ in range(2):
            assert juror.post(page(jury), {**sent, **told}).status_code == 302
    assert len(words(jury)) == 6


def test_an_older_form_does_not_take_an_abstention_back(jury, juror):
    juror.post(page(jury), form(jury, "7"))
    older = shown_form(juror, jury)
    juror.post(page(jury, "abstain"), {"reason": "I know it."})
    for points in ("7", "8"):
        sent = {**older, f"criterion-{jury.criterion.pk}": points}
        assert "in another window" in text(juror.post(page(jury), sent))
        assert jury.pair().state == A.ABSTAINED
    assert len(stored(jury)) == 1
    assert juror.post(page(jury), shown_form(juror, jury)).status_code == 302
    assert jury.pair().state == A.SCORED


def test_versions_of_words_are_counted_by_the_database(jury):
    pair = jury.pair().pk
    with acted_by(jury.jurors[0].user):
        for version in (0, 2):
            assert refused(REMARK, [pair, version, "x"]) == "remark_version_next"
        raw(REMARK, [pair, 1, "x"])
        assert refused(REMARK, [pair, 1, "x"]) == "remark_version_next"
        drop_guard("remark_version_next")
        assert refused(REMARK, [pair, 1, "x"]) == "remark_version_once"
    assert one("SELECT last_remark FROM judging_assignment WHERE id = %s", [pair]) == 1
    change = "UPDATE judging_assignment SET last_remark = 7 WHERE id = %s"
    assert refused(change, [pair]) == "assignment_remarked_by_remark"


# --- begun without points


def test_a_round_with_a_note_is_replanned_around_it(jury):
    noted(jury)
    by = organizer_of(jury.competition)
    jury.join()
    workflow.take_in(jury.round, by=by)
    workflow.mark_absent(jury.jurors[1], by=by)
    workflow.mark_present(jury.jurors[1], by=by)
    assert jury.pair().state == A.ASSIGNED
    assert words(jury) == [("note", "Look again.")]


def test_a_note_of_an_absent_juror_is_begun(jury):
    spare = jury.join()
    noted(jury)
    workflow.mark_absent(jury.jurors[0], by=organizer_of(jury.competition))
    assert jury.pair().state == A.VOID
    assert spare.assignments.filter(submission=jury.entries[0]).exists()


def test_a_round_with_a_note_does_not_become_a_draft(jury):
    noted(jury)
    with refusal("round_is_scored"):
        workflow.back_to_draft(jury.round, by=organizer_of(jury.competition))


def test_a_begun_assignment_stays(jury):
    noted(jury)
    gone = "DELETE FROM judging_assignment WHERE id = %s"
    assert refused(gone, [jury.pair().pk]) == "assignment_stays"
    assert refused(gone, [jury.pair(1).pk]) == ""


# --- how long


def test_words_have_a_limit_also_by_sql(jury):
    pair = jury.pair().pk
    with acted_by(jury.jurors[0].user):
        assert refused(REMARK, [pair, 1, "x" * 4001]) == "remark_fits"
        assert refused(REMARK, [pair, 1, "x" * 4000]) == ""
        abstain = (
            "UPDATE judging_assignment SET state = 'abstained', reason = %s"
            " WHERE id = %s"
        )
        assert refused(abstain, ["x" * 1001, pair]) == "assignment_reason_fits"
    alter("ALTER TABLE judging_conflict DISABLE TRIGGER conflict_guard")
    sql = (
        "INSERT INTO judging_conflict (user_id, submission_id, kind, reason,"
        " declared_by_id) VALUES (%s, %s, 'team', %s, %s)"
    )
    person, entry = jury.jurors[0].user_id, jury.entries[0].pk
    assert refused(sql, [person, entry, "x" * 1001, person]) == "conflict_reason_fits"
