"""Inviting many people at once: the statements do not grow with their number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import transaction

from mycenas.accounts.invitation_limits import (
    invitations_left,
    mailed_often,
    too_many,
)
from mycenas.accounts.models import OPEN_INVITATION, AbstractInvitation, User
from mycenas.accounts.scopes import Scope
from mycenas.accounts.workflow import (
    DAYS_VALID,
    deactivated,
    digest_of,
    mail_of,
    require_organizer,
)
from mycenas.core.addresses import canonical_if_any
from mycenas.core.http.errors import ProblemError
from mycenas.core.once import name_once
from mycenas.core.queue.mail import worded, write_many


class Invitee(NamedTuple):
    """A person, and the role to invite to."""

    name: str
    email: str
    role: str


def invite_many(
    row: Any, people: Sequence[Invitee], *, by: User
) -> list[bool | ProblemError]:
    """Invite all who have neither the role nor an open invitation to it.

    Returns for each person whether there is a mail now, or the refusal. No two of
    ``people`` have the same address and role. Otherwise as `workflow.invite`.
    """
    scope = require_organizer(row, by)
    people = [one._replace(email=canonical_if_any(one.email)) for one in people]
    with transaction.atomic():
        left, wait = invitations_left(by, DAYS_VALID)
        have = _have(scope, row, [one.email for one in people])
        often = mailed_often(scope, row, [one.email for one in people], DAYS_VALID)
        inactive = User.objects.filter(
            is_active=False, email__in=[one.email for one in people]
        )
        unable = set(inactive.values_list("email", flat=True))
        found: list[bool | ProblemError] = []
        chosen: list[Invitee] = []
        for one in people:
            if (one.email, one.role) in have:
                found.append(False)
            elif one.email in unable:
                found.append(deactivated(one.email))
            elif refused := often.get((one.email, one.role)):
                found.append(refused)
            elif len(chosen) == left:
                found.append(too_many(wait))
            else:
                found.append(True)
                chosen.append(one)
        _invite(scope, row, chosen, by)
    return found


def _have(scope: Scope, row: Any, addresses: list[str]) -> set[tuple[str, str]]:
    """The addresses and roles that were given or are offered in the row."""
    here = {scope.field: row}
    given = scope.roles._default_manager.filter(user__email__in=addresses, **here)
    offered = scope.invitations._default_manager.filter(
        OPEN_INVITATION, email__in=addresses, **here
    )
    return {
        *given.values_list("user__email", "role"),
        *offered.values_list("email", "role"),
    }


def _invite(scope: Scope, row: Any, people: Sequence[Invitee], by: User) -> None:
    secrets = [name_once("") for _one in people]
    invitations: list[AbstractInvitation] = [
        scope.invitations(
            **{scope.field: row},
            **one._asdict(),
            digest=digest_of(secret),
            invited_by=by,
        )
        for one, secret in zip(people, secrets, strict=True)
    ]
    scope.invitations._default_manager.bulk_create(invitations)
    mails = []
    for invitation, secret in zip(invitations, secrets, strict=True):
        to, template, context = mail_of(invitation, row, secret, by)
        mails.append((to, *worded(template, context)))
    write_many(mails)
