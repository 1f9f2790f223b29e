"""Giving roles by invitation, and taking them away."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.invitation_limits import mailed_often, require_may_invite
from mycenas.accounts.models import (
    OPEN_INVITATION,
    AbstractInvitation,
    AbstractRole,
    Membership,
    Role,
    User,
)
from mycenas.accounts.scopes import Scope, scope_named, scopes
from mycenas.core.addresses import canonical_if_any
from mycenas.core.db import database
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import (
    MOVED_ON,
    LostRace,
    NotAllowed,
    ProblemError,
    refused_by,
)
from mycenas.core.once import name_once
from mycenas.core.queue.mail import absolute, write_mail

DAYS_VALID = 14
DEACTIVATED = _(
    "The account of %(address)s is deactivated, so nobody could accept this. Ask the "
    "operator of the site to activate it, or invite another address."
)
SENT_AND_ENDED = _(
    "This form was sent before. Its invitation was accepted or revoked since, and no "
    "other one was sent. To invite the person again, open the form anew."
)


def require_organizer(row: Any, user: User) -> Scope:
    """Raise ``NotAllowed`` unless ``user`` may give and take roles in the row.

    Organizers have all that any role gives there, so no one gives more than they have.
    """
    scope = scope_named(type(row))
    if not scope.organized_by(user, row):
        raise NotAllowed(
            _("Only an organizer of “%(thing)s” may invite people or remove roles.")
            % {"thing": row}
        )
    return scope


def invite(
    row: Any, *, name: str, email: str, role: str, by: User, once: str = ""
) -> AbstractInvitation:
    """Invite an address to a role in the row; an open invitation is renewed.

    A renewed invitation has a new link and new 14 days; its old link ends. There are
    limits, see `mycenas.accounts.invitation_limits`. What comes again with the same
    token ``once`` is the invitation that it made before, as long as that is open.
    """
    scope = require_organizer(row, by)
    address = canonical_if_any(email)
    if User.objects.filter(email=address, is_active=False).exists():
        raise deactivated(address)
    facts = (scope.field, row.pk, address, role, name, by.pk)
    secret = name_once(once, *facts)
    given = {"name": name, "digest": digest_of(secret), "invited_by": by}
    known: AbstractInvitation | None
    known = scope.invitations._default_manager.filter(digest=given["digest"]).first()
    if known is not None:
        _require_open(known)
        return known
    _require_new(scope, row, address, role)
    invitation: AbstractInvitation
    with transaction.atomic():
        require_may_invite(by, DAYS_VALID)
        if refused := mailed_often(scope, row, [address], DAYS_VALID).get(
            (address, role)
        ):
            raise refused
        open_ones = scope.invitations._default_manager.filter(OPEN_INVITATION)
        invitation, is_new = open_ones.get_or_create(
            **{scope.field: row},
            email=address,
            role=role,
            defaults=given,
        )
        if not is_new and invitation.digest == given["digest"]:
            return invitation
        if is_new or _renew(invitation, given):
            write_mail(*mail_of(invitation, row, secret, by))
    return invitation


def deactivated(address: str) -> ProblemError:
    """The refusal to invite an account that cannot accept."""
    return ProblemError(DEACTIVATED % {"address": address}, code="account_deactivated")


def _require_open(known: AbstractInvitation) -> None:
    """Refuse a form that comes again after what it sent has ended."""
    if known.accepted_at or known.revoked_at:
        raise ProblemError(SENT_AND_ENDED, code="invitation_ended")


def _require_new(scope: Scope, row: Any, address: str, role: str) -> None:
    has_it = scope.roles._default_manager.filter(
        **{scope.field: row}, user__email=address, role=role
    )
    if has_it.exists():
        raise ProblemError(
            _("%(address)s has the role “%(role)s” already.")
            % {"address": address, "role": Role(role).label},
            code="role_given_already",
        )


def _renew(invitation: AbstractInvitation, given: dict[str, Any]) -> bool:
    """Give an open invitation another link; False if it has this link already."""
    rows = type(invitation)._default_manager.filter(OPEN_INVITATION, pk=invitation.pk)
    if rows.exclude(digest=given["digest"]).update(**given) == 1:
        invitation.name = given["name"]
        return True
    if not rows.exists():
        raise LostRace(MOVED_ON)
    return False


def digest_of(secret: str) -> str:
    """What is stored of a secret: enough to recognize it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def mail_of(
    invitation: AbstractInvitation, row: Any, secret: str, by: User
) -> tuple[str, str, dict[str, Any]]:
    """The recipient, the template and its values, with the link of this secret."""
    context = {
        "name": invitation.name or invitation.email,
        "by": by,
        "role": invitation.get_role_display(),
        "thing": row,
        "address": absolute("accounts:invitation", secret),
        "email": invitation.email,
        "days": DAYS_VALID,
    }
    return invitation.email, "accounts/invitation", context


def invitation_with(secret: str) -> AbstractInvitation | None:
    """The invitation whose newest link has this secret."""
    digest = digest_of(secret)
    for scope in scopes():
        rows = scope.invitations._default_manager.select_related(
            scope.field, "invited_by"
        )
        found: AbstractInvitation | None = rows.filter(digest=digest).first()
        if found is not None:
            return found
    return None


def invited_to(invitation: AbstractInvitation) -> tuple[Scope, Any]:
    """The scope of an invitation, and the row it is for."""
    scope = next(one for one in scopes() if isinstance(invitation, one.invitations))
    return scope, getattr(invitation, scope.field)


def why_ended(invitation: AbstractInvitation) -> ProblemError | None:
    """The refusal of an invitation that nobody can accept any more."""
    scope, row = invited_to(invitation)
    if invitation.accepted_at:
        return refused_by("invitation_used")
    if invitation.revoked_at:
        return refused_by("invitation_revoked")
    if invitation.expires_at <= database.now():
        return refused_by("invitation_expired")
    if not scope.organized_by(invitation.invited_by, row):
        return refused_by("invitation_without_organizer")
    return None


def accept(invitation: AbstractInvitation, *, by: User) -> None:
    """Give ``by`` the role; only for the account with exactly the invited address.

    Nothing happens when ``by`` has accepted it before, also a moment ago.
    """
    scope, row = invited_to(invitation)
    with transaction.atomic():
        locked = type(invitation)._default_manager.select_for_update()
        invitation = locked.get(pk=invitation.pk)
        if is_accepted_by(invitation, by):
            return
        if refused := why_ended(invitation):
            raise refused
        if by.email != invitation.email:
            raise refused_by("invitation_of_another")
        _change_open(invitation, accepted_at=DatabaseNow(), accepted_by=by)
        scope.roles._default_manager.get_or_create(
            **{scope.field: row}, user=by, role=invitation.role
        )


def is_accepted_by(invitation: AbstractInvitation, user: User) -> bool:
    """Whether ``user`` accepted it before, and still has the role."""
    scope, row = invited_to(invitation)
    held = scope.roles._default_manager.filter(
        **{scope.field: row}, user=user, role=invitation.role
    )
    return invitation.accepted_by_id == user.pk and held.exists()


def revoke_invitation(invitation: AbstractInvitation, *, by: User) -> None:
    """End an invitation that was not accepted."""
    _scope, row = invited_to(invitation)
    require_organizer(row, by)
    _change_open(invitation, revoked_at=DatabaseNow())


def _change_open(invitation: AbstractInvitation, **changes: Any) -> None:
    rows = type(invitation)._default_manager.filter(OPEN_INVITATION, pk=invitation.pk)
    if rows.update(**changes) != 1:
        raise LostRace(MOVED_ON)


def revoke_role(given: AbstractRole, *, by: User) -> None:
    """Take a role away; it ends with the person's next request."""
    scope = next(one for one in scopes() if isinstance(given, one.roles))
    require_organizer(getattr(given, scope.field), by)
    with transaction.atomic():
        if isinstance(given, Membership) and not by.is_superuser:
            _require_another_organizer(given)
        deleted, _rows = type(given)._default_manager.filter(pk=given.pk).delete()
        if deleted != 1:
            raise LostRace(MOVED_ON)


def _require_another_organizer(given: Membership) -> None:
    """Refuse to remove the last organizer; the trigger does so for every writer."""
    others = Membership.objects.filter(
        organization=given.organization_id, role=Role.ORGANIZER, user__is_active=True
    ).exclude(pk=given.pk)
    if given.role == Role.ORGANIZER and not others.exists():
        raise refused_by("organization_keeps_an_organizer")
