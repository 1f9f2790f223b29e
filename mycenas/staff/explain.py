"""Why a person can or cannot see an object of the admin, or act on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import Role, User
from mycenas.accounts.scopes import scope_named
from mycenas.accounts.second_factor import FACTORS
from mycenas.staff.admin_actions import ScopedAdmin
from mycenas.staff.verbs import AdminVerb

Text = str | Promise


@dataclass(frozen=True)
class Subject:
    """An object, how the admin shows it, and the act on it, if one is meant."""

    model_admin: ModelAdmin[Any]
    obj: Model
    verb: AdminVerb | None = None
    page: str = "change"

    @property
    def row(self) -> Model | None:
        """The row of a scope that the roles are about."""
        if not isinstance(self.model_admin, ScopedAdmin):
            return None
        lookup = self.model_admin.scope_lookup
        return self.obj if lookup == "pk" else getattr(self.obj, lookup)


def can(user: User, subject: Subject) -> list[Text]:
    """The reasons why ``user`` cannot see the object or act on it; none if they can."""
    return [*_no_desk(user), *_no_role(user, subject), *_no_act(user, subject)]


def _no_desk(user: User) -> Iterator[Text]:
    if not user.is_active:
        yield _("The account is deactivated.")
    if not user.is_staff:
        yield _("The desk opens for organizers and moderators; this person is neither.")
    factors = Authenticator.objects.filter(user=user, type__in=FACTORS)
    if settings.STAFF_SECOND_FACTOR and not factors.exists():
        yield _("The desk asks for a second factor, and this person has set up none.")


def _no_role(user: User, subject: Subject) -> Iterator[Text]:
    if user.is_superuser:
        return
    row, model_admin = subject.row, subject.model_admin
    if row is None or not isinstance(model_admin, ScopedAdmin):
        yield _("Only administrators of the site see this page.")
        return
    roles = model_admin.roles_for(subject.page)
    mine = scope_named(type(row)).rows(user, *roles)
    if user.is_active and not mine.filter(pk=row.pk).exists():
        names = [str(Role(role).label) for role in roles]
        yield _("This needs the role %(roles)s in “%(thing)s”.") % {
            "roles": " / ".join(names),
            "thing": row,
        }


def _no_act(user: User, subject: Subject) -> Iterator[Text]:
    verb, obj = subject.verb, subject.obj
    if verb is None:
        return
    if getattr(obj, "veil", None):
        # Whether the person is the artist is hidden from who asks.
        yield _("The competition is blind: reasons about the artist are not shown.")
    elif why := verb.barred(obj, user):
        yield why
    if not verb.offered(obj):
        state = getattr(obj, "get_state_display", str)()
        yield _("“%(verb)s” is not possible now; the state is “%(state)s”.") % {
            "verb": verb.label,
            "state": state,
        }


def roles_around(site: AdminSite, user: User, row: Model | None) -> list[str]:
    """The roles of ``user`` that count in the row, each with where it was given."""
    if row is None:
        return []
    model_admin: Any = site._registry.get(type(row))
    wider = model_admin.wider(row) if hasattr(model_admin, "wider") else []
    return [
        f"{given.get_role_display()}, {one._meta.verbose_name} “{one}”"
        for one in (row, *wider)
        for given in scope_named(type(one)).roles._default_manager.filter(
            **{scope_named(type(one)).field: one}, user=user
        )
    ]
