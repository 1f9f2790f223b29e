"""Two organizations with one of everything, people with roles in them, and the matrix.

The tests that walk every address as every role share them: they are made once a module.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from django.db import connection, transaction

from mycenas.accounts.models import Role
from mycenas.staff.exports.states import ExportState
from submissions.judging.models import Round
from submissions.states import SubmissionState as S
from tests.factories import (
    AwardFactory,
    CampaignFactory,
    CompetitionFactory,
    ExportFactory,
    SubmissionFactory,
    UserFactory,
    contest,
)

SEEN = "changelist change history do"
DECIDED = f"{SEEN} queue review"
EXPORT = "changelist add change history progress"
RUN = {
    "submission": DECIDED,
    "award": SEEN,
    "campaign": f"{SEEN} add",
    "export": EXPORT,
    "round": f"{SEEN} add delete",
}
# Moderators see their own exports only.
MODERATED = {
    "submission": DECIDED,
    "export": "changelist add",
    "competition": "overview",
}
# The pages of each model that a role opens in what is its own; all others are closed.
PAGES = {
    ("organizer", "organization"): RUN
    | {
        "organization": f"{SEEN} people import",
        "reason": "changelist add change history",
        "competition": f"{SEEN} add people import overview delete",
    },
    ("organizer", "competition"): RUN
    | {"competition": f"{SEEN} people import overview delete"},
    ("moderator", "organization"): MODERATED,
    ("moderator", "competition"): MODERATED,
}
# Roles without pages.
CLOSED = (Role.JUROR, Role.SPONSOR)


def house() -> Any:
    """An organization with one of everything, and what has roles in it."""
    closed = contest("closed")
    award = AwardFactory(submission=closed.submissions.get())
    same = {"organization": closed.organization}
    draft = CompetitionFactory(**same)
    pending = SubmissionFactory(
        competition=CompetitionFactory(state="open", **same), state=S.PENDING
    )
    campaign = CampaignFactory(competition=pending.competition)
    return SimpleNamespace(
        competitions=[draft, closed, pending.competition],
        organization=closed.organization,
        objects={
            "organization": closed.organization,
            "competition": draft,
            "submission": pending,
            "award": award,
            "campaign": campaign,
            "reason": closed.organization.reasons.first(),
            "round": Round.objects.create(competition=closed, name="First"),
            "export": ExportFactory(of=pending.competition, state=ExportState.DONE),
            "user": pending.participant,
        },
    )


def person_with(role: str, kind: str, own: Any) -> Any:
    person = UserFactory()
    give(person, role, kind, own)
    return person


def give(person: Any, role: str, kind: str, own: Any) -> None:
    if kind == "organization":
        own.organization.memberships.create(user=person, role=role)
    else:
        for competition in own.competitions:
            competition.roles.create(user=person, role=role)


def pages_of(role: str, kind: str) -> dict[str, set[str]]:
    found = PAGES.get((role, kind), {})
    return {name: set(pages.split()) for name, pages in found.items()}


@contextmanager
def undone() -> Iterator[None]:
    """Take back what a request changes; each has a transaction, and an actor."""
    connection.run_on_commit.clear()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
