"""By SQL as well: organizers decide, and a result belongs to its round."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from competitions.roles.models import CompetitionRole
from competitions.states import CompetitionState
from mycenas.accounts.models import Role
from mycenas.core.approvals.models import Approval
from mycenas.core.canonical import canonical_bytes, read_canonical, sha256
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import ProblemError
from mycenas.core.results.models import Result
from submissions.judging.publishing import workflow
from tests.database.tools import alter, drop_guard, raw, refusal, refused
from tests.factories import DAY, UserFactory, moderator_of, organizer_of, staff
from tests.submissions.judging.publishing.rounds import publish, scored, sealed

pytestmark = pytest.mark.django_db
ROUND, RESULT, ENTRY = "judging_round", "results_result", "submissions_submission"


def propose(kind: str, target: Any, by: Any, table: str = "", **parameters: Any) -> Any:
    return Approval.objects.create(
        kind=kind,
        target_table=table or target._meta.db_table,
        target_id=target.pk,
        parameters=parameters,
        reason="So.",
        proposed_by=by,
        expires_at=timezone.now() + DAY,
    )


def decide(proposal: Approval, state: str, by: Any) -> None:
    words: Any = {"decision_reason": "No."} if state == "declined" else {}
    proposal.move(state, decided_by=by, decided_at=DatabaseNow(), **words)


def everybody_else(jury: Any) -> list[Any]:
    other = organizer_of(scored().competition)
    return [UserFactory(), jury.jurors[0].user, moderator_of(jury.competition), other]


def proposals(jury: Any, result: Result) -> list[tuple[str, Any]]:
    return [
        ("judging.close_below_quorum", jury.round),
        ("judging.cancel_round", jury.round),
        ("judging.round.supersede", result),
        ("judging.award_unranked", jury.entries[0]),
    ]


def test_organizers_alone_propose_and_decide():
    jury, result = sealed()
    first = organizer_of(jury.competition)
    second = staff(Role.ORGANIZER, jury.competition.organization)
    strangers = everybody_else(jury)
    for kind, target in proposals(jury, result):
        for person in strangers:
            with refusal("judging_approval_by_organizer"):
                propose(kind, target, person)
        for state in ("confirmed", "declined"):
            made = propose(kind, target, first)
            for person in strangers:
                with refusal("judging_approval_by_organizer"):
                    decide(made, state, person)
            decide(made, state, second)


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        ("judging.nonsense", ROUND),
        ("judging.cancel_round", RESULT),
        ("judging.round.supersede", ROUND),
        ("judging.award_unranked", ROUND),
    ],
)
def test_a_proposal_is_of_a_known_kind_and_about_its_table(kind, table):
    jury, _ = sealed()
    with refusal("judging_approval_by_organizer"):
        propose(kind, jury.round, organizer_of(jury.competition), table)


def test_the_proposer_organizes_still_when_it_is_confirmed():
    jury, _ = sealed()
    second = staff(Role.ORGANIZER, jury.competition.organization)
    former = UserFactory()
    role = CompetitionRole.objects.create(
        competition=jury.competition, user=former, role=Role.ORGANIZER
    )
    made = propose("judging.cancel_round", jury.round, former)
    role.delete()
    with refusal("judging_approval_without_proposer"):
        decide(made, "confirmed", second)
    decide(made, "declined", second)


# --- results


COPY = (
    "INSERT INTO results_result (kind, subject_table, subject_id, method, version,"
    " parameters, inputs, inputs_sha256, ranking, ranking_sha256, supersedes_id,"
    " approval_id) VALUES (%s, %s, %s, %s, 1, %s, %s, %s, %s, %s, %s, %s)"
)


def insert(
    result: Result, *, inputs: Any = None, ranking: Any = None, **changes: Any
) -> str:
    """What refuses a copy of the result with these changes, documents included."""
    counted = {**read_canonical(bytes(result.inputs)), **(inputs or {})}
    document = canonical_bytes(counted)
    ranked = read_canonical(bytes(result.ranking)) | {
        "method": counted["method"],
        "inputs": sha256(document),
        **(ranking or {}),
    }
    values = {
        "kind": result.kind,
        "subject_table": result.subject_table,
        "subject_id": result.subject_id,
        "method": counted["method"],
        "parameters": connection.ops.adapt_json_value(counted["parameters"], None),
        "inputs": document,
        "inputs_sha256": sha256(document),
        "ranking": canonical_bytes(ranked),
        "ranking_sha256": sha256(canonical_bytes(ranked)),
        "supersedes_id": None,
        "approval_id": None,
        **changes,
    }
    return refused(COPY, list(values.values()))


def unsealed() -> tuple[Any, Result]:
    """A result whose round has none any more, so that copies may be tried."""
    jury, result = sealed()
    alter("ALTER TABLE results_result DISABLE TRIGGER result_stays")
    raw("DELETE FROM results_result WHERE id = %s", [result.pk])
    return jury, result


def test_a_result_names_the_entries_and_the_method_of_its_round():
    _, result = unsealed()
    names = read_canonical(bytes(result.inputs))["entries"]
    first = names[0]
    assert insert(result) == ""
    for inputs, ranking in (
        ({"entries": names[1:]}, {}),
        ({"entries": [*names, "another"]}, {}),
        ({"entries": []}, {"ranking": []}),
        ({"entries": first}, {}),
        ({}, {"ranking": []}),
        ({}, {"ranking": first}),
        ({}, {"unranked": [first]}),
        ({"method": "yes_no_maybe"}, {}),
    ):
        changed = insert(result, inputs=inputs, ranking=ranking)
        assert changed == "result_of_its_entries", (inputs, ranking)
    drop_guard("result_of_closed_round")
    assert insert(result, inputs={"entries": []}, ranking={"ranking": []}) == ""


def test_a_result_of_judging_is_of_a_round():
    jury, result = unsealed()
    for changes in (
        {"kind": "judging.x"},
        {"kind": "judging.x", "subject_table": ENTRY},
        {"kind": "another"},
        {"subject_table": ENTRY, "subject_id": jury.entries[0].pk},
    ):
        assert insert(result, **changes) == "result_of_closed_round", changes


def test_no_result_is_put_in_place_after_the_announcement():
    jury, result = sealed()
    publish(jury)
    first = organizer_of(jury.competition)
    second = staff(Role.ORGANIZER, jury.competition.organization)
    inputs = {"ties": ["mean"]}
    digest = sha256(canonical_bytes({**read_canonical(bytes(result.inputs)), **inputs}))
    made = propose("judging.round.supersede", result, first, inputs_sha256=digest)
    decide(made, "confirmed", second)
    changes = {"supersedes_id": result.pk, "approval_id": made.pk}
    assert insert(result, inputs=inputs, **changes) == ""
    alter("ALTER TABLE competitions_competition DISABLE TRIGGER USER")
    jury.competition.__class__.objects.filter(pk=jury.competition.pk).update(
        state=CompetitionState.WINNER_ANNOUNCED, winners_announced_at=timezone.now()
    )
    assert insert(result, inputs=inputs, **changes) == "competition_is_final"
    jury.round.refresh_from_db()
    with pytest.raises(ProblemError) as caught:
        workflow.KIND.require(jury.round.pk, first)
    assert caught.value.code == "competition_is_final"
