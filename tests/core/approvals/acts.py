"""A kind of act for tests: an organization gets another name."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Concat

from mycenas.accounts.models import Organization
from mycenas.core.approvals import workflow
from mycenas.core.approvals.kinds import ApprovalKind
from mycenas.core.approvals.models import Approval
from mycenas.core.http.errors import NotAllowed
from tests.factories import OrganizationFactory, UserFactory

NAME = "tests.rename"


def require(target: int, person: Any) -> None:
    if not person.is_active:
        raise NotAllowed("Only active people rename.")


def rename(approval: Approval, by: Any) -> None:
    """Append the proposed ending: each time it runs, the name gets longer."""
    rows = Organization.objects.filter(pk=approval.target_id)
    rows.update(name=Concat(F("name"), Value(approval.parameters["ending"])))


RENAME = ApprovalKind(NAME, "accounts_organization", require, rename)


def proposal(**fields: Any) -> Approval:
    given = {"reason": "Grown.", "by": UserFactory(), "parameters": {"ending": "+"}}
    target = fields.pop("target", None) or OrganizationFactory(name="Guild").pk
    return workflow.propose(NAME, target, **{**given, **fields})


def name_of(approval: Approval) -> str:
    return Organization.objects.get(pk=approval.target_id).name
