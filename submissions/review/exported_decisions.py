"""What people decided on entries, as rows of an export.

The journal has it: steps of entries, and proposals to disqualify, answers to appeals
and requests for changes, which are rows of their own. What artists do is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    F,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import STAFF_ROLES, User
from mycenas.core.approvals.models import Approval
from mycenas.core.approvals.states import ApprovalState
from mycenas.core.models import AuditEntry
from mycenas.staff.exports.journal import actor_name, changes_of_rows
from mycenas.staff.exports.kinds import Column, Content, Kind
from submissions.exports import entries
from submissions.models import Submission
from submissions.review.appeals.models import Appeal
from submissions.review.appeals.states import AppealState
from submissions.review.disqualification.workflow import NAME
from submissions.review.permits.models import Permit
from submissions.review.permits.states import PermitState
from submissions.states import SubmissionState


class Decided(NamedTuple):
    """Rows whose moves to ``states`` are decisions of staff on entries.

    ``entry`` is the field of ``rows`` with the key of the entry.
    """

    about: str
    rows: QuerySet[Any]
    entry: str
    states: Sequence[str]

    @property
    def table(self) -> str:
        return str(self.rows.model._meta.db_table)


PROPOSED = (
    ApprovalState.PROPOSED,
    ApprovalState.CONFIRMED,
    ApprovalState.DECLINED,
    ApprovalState.WITHDRAWN,
)
BESIDE = (
    Decided("proposal", Approval.objects.filter(kind=NAME), "target_id", PROPOSED),
    Decided(
        "appeal",
        Appeal.objects.all(),
        "submission_id",
        (AppealState.UPHELD, AppealState.DISMISSED),
    ),
    Decided(
        "request",
        Permit.objects.all(),
        "submission_id",
        (PermitState.OPEN, PermitState.WITHDRAWN),
    ),
)
DECIDED = (
    SubmissionState.APPROVED,
    SubmissionState.REJECTED,
    SubmissionState.DISQUALIFIED,
    SubmissionState.PENDING,
)
_ENTRIES = Submission._meta.db_table


def decisions(row: Model | None, by: User) -> QuerySet[Any]:
    """Every decision of a person, also those that were changed later."""
    of_entry = Q(table_name=_ENTRIES, operation="UPDATE", after__in=DECIDED)
    named = Submission.objects.filter(pk=OuterRef("entry")).order_by()
    return (
        AuditEntry.objects.filter(actor__isnull=False)
        .annotate(
            before=KT("changes__state__0"),
            after=KT("changes__state__1"),
            code=KT("changes__decision_code__1"),
            about=_by_table("entry", [(one, Value(one.about)) for one in BESIDE]),
            why=Case(
                When(table_name=_ENTRIES, then=KT("changes__decision_reason__1")),
                default=F("reason"),
            ),
            entry=_by_table(F("row_id"), [(one, _entry_of(one)) for one in BESIDE]),
            reference=Subquery(named.values("public_id")),
        )
        .filter(of_entry | _beside(), entry__in=entries(row).order_by().values("pk"))
        .order_by("pk")
    )


def _beside() -> Q:
    found = Q()
    for one in BESIDE:
        found |= Q(table_name=one.table, after__in=one.states)
    return found


def _by_table(of_entry: Any, several: Sequence[tuple[Decided, Any]]) -> Case:
    cases = [When(table_name=one.table, then=value) for one, value in several]
    is_text = isinstance(of_entry, str)
    return Case(
        *cases,
        default=Value(of_entry) if is_text else of_entry,
        output_field=CharField() if is_text else BigIntegerField(),
    )


def _entry_of(one: Decided) -> Subquery:
    rows = one.rows.filter(pk=OuterRef("row_id"))
    return Subquery(rows.order_by().values(one.entry))


DECISIONS = Kind(
    name="decisions",
    label=_("decisions"),
    scopes=("competition", "organization"),
    rows=decisions,
    roles=STAFF_ROLES,
    columns=(
        Column("at", "at", Content.MOMENT),
        Column("reference", "reference"),
        Column("about", "about"),
        Column("before", "before"),
        Column("after", "after"),
        Column("decided_by", actor_name()),
        Column("reason", "why"),
        Column("reason_code", "code"),
    ),
)


def journal_of_proposals(row: Model) -> Q:
    """The journal of proposals to disqualify entries of the scope's row."""
    keys = entries(row).order_by().values("pk")
    return changes_of_rows(Approval.objects.filter(kind=NAME, target_id__in=keys))
