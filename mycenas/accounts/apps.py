from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.db.models.signals import pre_migrate
from django.utils.translation import gettext_lazy as _

from mycenas.core.audit import Audited
from mycenas.core.db.privileges import EVERYTHING
from mycenas.core.db.texts import GUARD as GUARD_OF_TEXTS


class AccountsConfig(AppConfig):
    name = "mycenas.accounts"
    label = "accounts"
    verbose_name = _("people and organizations")
    guards: ClassVar[dict[str, str]] = {
        "user_stamped_when_made": "The database clock stamps when a person joins.",
        "user_joining_stays": "When a person joined never changes.",
        "user_stamped_when_new": "The database clock stamps a first sign-in.",
        "user_stamped_when_signed_in": "The database clock stamps each sign-in.",
        "authenticator_stamped_when_made": (
            "The database clock stamps when a second factor is set up."
        ),
        "authenticator_stamped_when_used": (
            "The database clock stamps each use of a second factor."
        ),
        "authenticator_making_stays": "When a second factor was set up never changes.",
        "emailconfirmation_stamped_when_made": (
            "The database clock stamps when a confirmation of a mail address is made."
        ),
        "emailconfirmation_stamped_when_changed": (
            "The database clock stamps when such a confirmation is sent."
        ),
        "admin_log_stamped": "The database clock stamps each entry of the admin's log.",
        "admin_log_stays": (
            "An entry of the admin's log is deleted with its person only."
        ),
        "admin_log_by_its_person": (
            "An entry of the admin's log names the person who acts."
        ),
        "user_changed_by_itself": (
            "A person changes the own mail address, name, password and state only; a "
            "superuser those of all, and who is a superuser."
        ),
        "user_made_superuser_by_superuser": (
            "A new superuser is made by a superuser, or without an actor."
        ),
        "authenticator_by_its_person": "A person sets up own second factors only.",
        "authenticator_stays_with_its_person": (
            "A second factor is never given to another person."
        ),
        "emailaddress_by_its_person": (
            "A person adds and changes own mail addresses only; a superuser those of "
            "all."
        ),
        "invitation_by_organizer": (
            "An invitation is sent by a person who organizes the organization then."
        ),
        "invitation_renewed_by_organizer": "The same, when it is sent again.",
        "admin_log_can_be_shown": (
            "An entry of the admin's log has a message that its history can show."
        ),
        "session_ends_in_time": "A session lasts for 30 days at most.",
        "user_staff_by_role": (
            "A person is staff exactly while a superuser, or while organizer or "
            "moderator anywhere."
        ),
        "user_keeps_its_key": "A person keeps the primary key.",
        "organization_keeps_its_key": "An organization keeps its primary key.",
        "membership_keeps_its_key": "A role in an organization keeps its primary key.",
        "membership_stays_with_its_person": (
            "A role in an organization is never given to another person or moved to "
            "another organization."
        ),
        "membership_makes_staff": "The same, when a role in an organization changes.",
        "organization_keeps_an_organizer": (
            "Only a superuser removes the last active organizer of an organization."
        ),
        "invitation_guard": (
            "An invitation is valid for 14 days after its newest link and is accepted "
            "once, by the account with its address; its facts stay. It is sent, and "
            "accepted, under the name of the person who acts."
        ),
        "user_texts_can_be_seen": GUARD_OF_TEXTS,
        "organization_texts_can_be_seen": GUARD_OF_TEXTS,
        "invitation_texts_can_be_seen": GUARD_OF_TEXTS,
    }
    # Tables of libraries that have constraints of ours.
    guarded = (
        "account_emailaddress",
        "account_emailconfirmation",
        "django_admin_log",
        "django_session",
        "mfa_authenticator",
    )
    privileges: ClassVar[dict[str, str]] = {
        "accounts_invitation": EVERYTHING,
        "accounts_membership": EVERYTHING,
        "accounts_organization": EVERYTHING,
        "accounts_user": EVERYTHING,
        "accounts_user_groups": "DELETE, SELECT",
        "accounts_user_user_permissions": "DELETE, SELECT",
    }
    audited = (
        Audited("user", "accounts_user", left_out=("password", "last_login")),
        Audited("organization", "accounts_organization"),
        Audited("membership", "accounts_membership"),
        Audited("invitation", "accounts_invitation", left_out=("digest",)),
    )

    def ready(self) -> None:
        from mycenas.accounts import (
            clashes,
            factors,
            second_factor,  # noqa: F401  connects signals
        )
        from mycenas.accounts.access import organizations_of
        from mycenas.accounts.constraints import FIELDS, SENTENCES
        from mycenas.accounts.models import Invitation, Membership, Organization
        from mycenas.accounts.scopes import Scope, add_scope
        from mycenas.core.http.errors import explain_constraints

        explain_constraints(SENTENCES, FIELDS)
        add_scope(
            Scope(
                model=Organization,
                field="organization",
                rows=organizations_of,
                roles=Membership,
                invitations=Invitation,
            )
        )
        for look in (clashes, factors):
            pre_migrate.connect(look.stop_migration, sender=self)
