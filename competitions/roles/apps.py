from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mycenas.core.audit import Audited
from mycenas.core.db.privileges import EVERYTHING
from mycenas.core.db.texts import GUARD as GUARD_OF_TEXTS


class RolesConfig(AppConfig):
    name = "competitions.roles"
    label = "roles"
    verbose_name = _("roles in competitions")
    guards: ClassVar[dict[str, str]] = {
        "competition_role_makes_staff": (
            "A person is staff exactly while a superuser, or while organizer or "
            "moderator anywhere."
        ),
        "prize_by_organizer": (
            "A person who changes prizes organizes their competition then."
        ),
        "category_by_organizer": "So does a person who changes categories.",
        "competition_role_keeps_its_key": (
            "A role in a competition keeps its primary key."
        ),
        "competition_role_stays_with_its_person": (
            "A role in a competition is never given to another person or moved to "
            "another competition."
        ),
        "competition_moved_by_organizer": (
            "A person who moves or cancels a competition organizes it then."
        ),
        "competition_dated_by_organizer": (
            "A person who moves the opening or the deadline organizes the competition "
            "then."
        ),
        "competition_invitation_by_organizer": (
            "An invitation is sent by a person who organizes the competition then."
        ),
        "competition_invitation_renewed_by_organizer": (
            "The same, when it is sent again."
        ),
        "competition_invitation_guard": (
            "An invitation is valid for 14 days after its newest link and is accepted "
            "once, by the account with its address; its facts stay. It is sent, and "
            "accepted, under the name of the person who acts."
        ),
        "competition_invitation_texts_can_be_seen": GUARD_OF_TEXTS,
    }
    privileges: ClassVar[dict[str, str]] = {
        "roles_competitioninvitation": EVERYTHING,
        "roles_competitionrole": EVERYTHING,
    }
    audited = (
        Audited("competition_role", "roles_competitionrole"),
        Audited(
            "competition_invitation",
            "roles_competitioninvitation",
            left_out=("digest",),
        ),
    )

    def ready(self) -> None:
        from competitions.access import competitions_of
        from competitions.models import Competition
        from competitions.roles.constraints import FIELDS, SENTENCES
        from competitions.roles.models import CompetitionInvitation, CompetitionRole
        from mycenas.accounts.models import Membership
        from mycenas.accounts.scopes import Scope, add_scope
        from mycenas.core.http.errors import explain_constraints

        explain_constraints(SENTENCES, FIELDS)
        add_scope(
            Scope(
                model=Competition,
                field="competition",
                rows=competitions_of,
                roles=CompetitionRole,
                invitations=CompetitionInvitation,
                also=(Membership,),
            )
        )
