"""Organizers declare a conflict, and two of them put another result in place."""

from __future__ import annotations

from html import unescape

import pytest
from django.urls import reverse

from mycenas.accounts.models import Role
from mycenas.core.approvals.states import SENTENCES as APPROVALS
from mycenas.core.canonical import read_canonical
from mycenas.core.http.errors import NotAllowed, ProblemError
from mycenas.core.models import AuditEntry
from mycenas.core.results.models import Result
from submissions.judging import workflow as rounds
from submissions.judging.models import Conflict
from submissions.judging.publishing import superseding, workflow
from submissions.judging.states import AssignmentState as A
from tests.factories import disqualify, organizer_of, staff
from tests.submissions.judging.publishing.rounds import publish, scored, sealed
from tests.submissions.judging.publishing.test_pages import address
from tests.submissions.judging.test_admin import change, do, organizer

pytestmark = pytest.mark.django_db
EXPLAINED = "They share a studio."


def declare(client, jury, juror: int = 1, entry: int = 1) -> str:
    return do(
        client,
        jury.round,
        "conflict",
        juror=jury.jurors[juror].pk,
        entry=jury.entries[entry].pk,
        kind="team",
        explanation=EXPLAINED,
    )


def test_an_organizer_declares_a_conflict_of_a_juror():
    jury = scored()
    client = organizer(jury.competition)
    declare(client, jury)
    conflict = Conflict.objects.get()
    assert (conflict.user, conflict.submission) == (
        jury.jurors[1].user,
        jury.entries[1],
    )
    assert conflict.declared_by != conflict.user
    assert jury.pair(1, 1).state == A.VOID
    told = str(list(AuditEntry.objects.values_list("changes", "reason")))
    assert EXPLAINED not in told
    assert EXPLAINED not in client.get(change(jury.round)).text
    assert "declared already" in declare(client, jury)


def test_a_stranger_declares_none():
    jury, other = scored(), scored()
    client = organizer(other.competition)
    page = reverse("admin:judging_round_do", args=[jury.round.pk, "conflict"])
    assert client.get(page).status_code == 404
    assert client.post(page).status_code == 404
    with pytest.raises(NotAllowed):
        rounds.declare_conflict(
            jury.round,
            juror=jury.jurors[0],
            entry=jury.entries[0],
            kind="team",
            explanation="",
            by=organizer_of(other.competition),
        )


def test_a_conflict_after_the_seal_changes_the_result_by_two_persons(client):
    jury, first = sealed()
    publish(jury)
    one, two = organizer(jury.competition), organizer(jury.competition)
    assert (
        "Nothing has changed since the result was sealed"
        in one.get(change(jury.round)).text
    )
    declare(one, jury)
    assert workflow.result_of(jury.round) == first
    do(one, jury.round, "propose-supersede", reason="A juror knew the artist.")
    shown = one.get(change(jury.round)).text
    assert str(APPROVALS["approval_decided_by_another"]) in unescape(shown)
    do(one, jury.round, "confirm-supersede")
    assert workflow.result_of(jury.round) == first
    do(two, jury.round, "confirm-supersede")
    now = workflow.result_of(jury.round)
    assert now is not None
    assert now.supersedes == first
    assert len(read_canonical(bytes(now.inputs))["recused"]) == 1
    page = client.get(address(jury)).text
    assert "A juror knew the artist." in page
    assert "1 recusal" in page
    assert Result.objects.count() == 2


def test_the_question_says_in_numbers_what_changes():
    jury, _ = sealed()
    disqualify(jury.entries[1])
    found = superseding.changes_of(jury.round)
    assert found == superseding.Changes(5, 3, 3, 2, 2)
    assert superseding.is_outdated(jury.round)


def test_a_proposal_is_ended_and_nothing_happens():
    jury, first = sealed()
    disqualify(jury.entries[1])
    by = organizer_of(jury.competition)
    second = staff(Role.ORGANIZER, jury.competition.organization)
    for ending in (by, second):
        superseding.propose(jury.round, reason="Copied.", by=by)
        superseding.end(jury.round, reason="No.", by=ending)
        assert superseding.proposal_of(jury.round) is None
    assert workflow.result_of(jury.round) == first
    with pytest.raises(ProblemError, match="no such proposal"):
        superseding.confirm(jury.round, digest="", by=second)


def test_a_round_without_a_result_offers_no_other_one():
    jury = scored()
    text = organizer(jury.competition).get(change(jury.round)).text
    assert "Propose another result" not in text
    assert superseding.changes_of(jury.round) is None
    with pytest.raises(ProblemError, match="no such proposal"):
        superseding.propose(jury.round, reason="x", by=organizer_of(jury.competition))
