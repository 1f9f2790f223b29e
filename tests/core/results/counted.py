"""A kind of results for tests: names of organizations, longest first."""

from __future__ import annotations

from typing import Any

from mycenas.accounts.models import Organization
from mycenas.core.approvals import workflow as approvals
from mycenas.core.approvals.models import Approval
from mycenas.core.canonical import canonical_bytes, read_canonical, sha256
from mycenas.core.http.errors import NotAllowed
from mycenas.core.results import workflow
from mycenas.core.results.kinds import ResultKind
from mycenas.core.results.models import Result
from tests.factories import OrganizationFactory, UserFactory

NAME = "tests.lengths"


def inputs(subject: int) -> bytes:
    name = Organization.objects.get(pk=subject).name
    return canonical_bytes(
        {"method": "length", "version": 1, "parameters": {"of": "words"}, "name": name}
    )


def count(document: bytes) -> bytes:
    words = read_canonical(document)["name"].split()
    return canonical_bytes(
        {
            "method": "length",
            "version": 1,
            "inputs": sha256(document),
            "ranking": sorted(words, key=len, reverse=True),
        }
    )


def require(subject: int, person: Any) -> None:
    if not person.is_active:
        raise NotAllowed("Only active people count.")


KIND = ResultKind(NAME, "accounts_organization", inputs, count, require)


def sealed(name: str = "a bbb cc") -> Result:
    return workflow.seal(NAME, OrganizationFactory(name=name).pk)


def rename(result: Result, name: str = "a bbb cccc") -> None:
    Organization.objects.filter(pk=result.subject_id).update(name=name)


def proposed(result: Result) -> Approval:
    return workflow.propose_superseding(result, reason="Mistyped.", by=UserFactory())


def superseded(result: Result) -> Result:
    """The result that supersedes this one, proposed and confirmed."""
    rename(result)
    approval = proposed(result)
    approvals.confirm(approval, digest=approval.digest, by=UserFactory())
    return Result.objects.get(supersedes=result)
