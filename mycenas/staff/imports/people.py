"""People as rows of a file: each is invited to a role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mycenas.accounts import workflow
from mycenas.accounts.inviting_many import Invitee, invite_many
from mycenas.accounts.models import Role, User
from mycenas.core.addresses import canonical_if_any
from mycenas.core.http.errors import ProblemError
from mycenas.staff.imports.kinds import ImportKind, Outcome
from mycenas.staff.people import InviteForm, invitations_to, roles_in


class PersonForm(InviteForm):
    """As on the page of people; the role in small letters, as it is stored.

    The fields are columns: a form's token is none.
    """

    once = None  # type: ignore[assignment]  # so Django leaves a field out
    role = forms.ChoiceField(
        choices=Role.choices,
        help_text=", ".join(Role.values),
    )


def invite_all(
    row: Any, rows: Sequence[dict[str, Any]], by: User
) -> list[Outcome | ProblemError]:
    """As `invite` does with each."""
    people = [Invitee(one["name"], one["email"], one["role"]) for one in rows]
    return [
        one if isinstance(one, ProblemError) else _outcome(one)
        for one in invite_many(row, people, by=by)
    ]


def _outcome(is_invited: bool) -> Outcome:
    return Outcome.INVITED if is_invited else Outcome.SAME


def invite(row: Any, data: dict[str, Any], by: User) -> Outcome:
    """Invite the person; who has the role or an open invitation gets no mail."""
    address, role = canonical_if_any(data["email"]), data["role"]
    has_role = roles_in(row).filter(user__email=address, role=role)
    is_invited = invitations_to(row).filter(email=address, role=role)
    if has_role.exists() or is_invited.exists():
        return Outcome.SAME
    workflow.invite(row, by=by, **data)
    return Outcome.INVITED


PEOPLE = ImportKind(
    name="people",
    label=_("people"),
    form=PersonForm,
    key=("role", "email"),
    save=invite,
    save_all=invite_all,
    note=_("A mail with a link goes to each person who is invited."),
)
