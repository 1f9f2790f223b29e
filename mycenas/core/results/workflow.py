"""Seal a result, and supersede one with the approval of a second person."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from mycenas.core.approvals import workflow as approvals
from mycenas.core.approvals.kinds import ApprovalKind
from mycenas.core.approvals.kinds import add_kind as add_approval_kind
from mycenas.core.approvals.models import Approval
from mycenas.core.canonical import read_canonical, sha256
from mycenas.core.http.errors import ProblemError
from mycenas.core.results import kinds
from mycenas.core.results.kinds import ResultKind, kind_named
from mycenas.core.results.models import Result


def add_kind(kind: ResultKind) -> None:
    """Declare a kind of results, and the approval that superseding one needs."""
    kinds.add_kind(kind)
    table, name = Result._meta.db_table, kind.superseding
    add_approval_kind(ApprovalKind(name, table, _require, _supersede))


def seal(kind: str, subject: int) -> Result:
    """Count what there is of the row and seal it; a result that stands is returned."""
    standing = Result.objects.of(kind, subject).standing().first()
    return standing or _seal(kind_named(kind), subject, _inputs(kind, subject))


def propose_superseding(result: Result, *, reason: str, by: Any) -> Approval:
    """Propose another result, of what would be counted now."""
    inputs = _inputs(result.kind, result.subject_id)
    if inputs == bytes(result.inputs):
        raise ProblemError(
            _("Nothing has changed since this result was sealed."),
            code="result_unchanged",
        )
    return approvals.propose(
        kind_named(result.kind).superseding,
        result.pk,
        reason=reason,
        by=by,
        parameters={"inputs_sha256": sha256(inputs)},
    )


def recounted(result: Result) -> bytes:
    """The ranking that counting the sealed inputs makes now."""
    return kind_named(result.kind).count(bytes(result.inputs))


def _inputs(kind: str, subject: int) -> bytes:
    return kind_named(kind).inputs(subject)


def _seal(kind: ResultKind, subject: int, inputs: bytes, **superseding: Any) -> Result:
    document, ranking = read_canonical(inputs), kind.count(inputs)
    return Result.objects.create(
        kind=kind.name,
        subject_table=kind.table,
        subject_id=subject,
        method=document["method"],
        version=document["version"],
        parameters=document["parameters"],
        inputs=inputs,
        inputs_sha256=sha256(inputs),
        ranking=ranking,
        ranking_sha256=sha256(ranking),
        **superseding,
    )


def _require(target: int, person: Any) -> None:
    result = Result.objects.get(pk=target)
    kind_named(result.kind).require(result.subject_id, person)


def _supersede(approval: Approval, by: Any) -> None:
    result = Result.objects.get(pk=approval.target_id)
    inputs = _inputs(result.kind, result.subject_id)
    if sha256(inputs) != approval.parameters["inputs_sha256"]:
        raise ProblemError(
            _(
                "What would be counted has changed since this was proposed. Propose "
                "it again."
            ),
            code="result_inputs_changed",
        )
    kind, subject = kind_named(result.kind), result.subject_id
    _seal(kind, subject, inputs, supersedes=result, approval=approval)
