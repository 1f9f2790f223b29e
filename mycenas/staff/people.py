"""The page of people in an organization or a competition: roles and invitations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from mycenas.accounts import workflow
from mycenas.accounts.models import OPEN_INVITATION, AbstractRole, Role
from mycenas.accounts.scopes import scope_named
from mycenas.core.db import database
from mycenas.core.fields import LineField, MailField
from mycenas.staff.admin_actions import AdminVerb, ScopedAdmin
from mycenas.staff.links import openable

PAGE = "people"


class InviteForm(forms.Form):
    """Whom to invite, and to which role."""

    name = LineField(label=_("Name"), max_length=120)
    email = MailField(
        label=_("E-mail address"),
        help_text=_("The invitation can be accepted with exactly this address."),
    )
    role = forms.ChoiceField(
        label=_("Role"), choices=[("", "---------"), *Role.choices]
    )


class RoleForm(forms.Form):
    """Which role of which person to remove."""

    given: Any = forms.ModelChoiceField(label=_("Person and role"), queryset=None)

    def __init__(self, *args: Any, instance: Model, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["given"]
        field.queryset = roles_in(instance)
        field.label_from_instance = lambda given: (
            f"{given.user} ({given.user.email}), {given.get_role_display()}"
        )


class InvitationForm(forms.Form):
    """Which open invitation to revoke."""

    invitation: Any = forms.ModelChoiceField(label=_("Invitation"), queryset=None)

    def __init__(self, *args: Any, instance: Model, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["invitation"]
        field.queryset = invitations_to(instance)
        field.label_from_instance = lambda one: (
            f"{one.name} ({one.email}), {one.get_role_display()}"
        )


def roles_in(row: Model) -> Any:
    """The roles that were given in exactly this row."""
    scope = scope_named(type(row))
    rows = scope.roles._default_manager.filter(**{scope.field: row})
    return rows.select_related("user").order_by("role", "user__email")


def invitations_to(row: Model) -> Any:
    """The invitations to the row that were neither accepted nor revoked."""
    scope = scope_named(type(row))
    rows = scope.invitations._default_manager.filter(
        OPEN_INVITATION, **{scope.field: row}
    )
    return rows.select_related("invited_by").order_by("role", "email")


def _always(row: Any) -> bool:
    return True


PEOPLE_VERBS = (
    AdminVerb(
        "invite",
        _("Invite a person"),
        _(
            "A mail with a link goes to the address; the link is valid for 14 days. If "
            "this address is invited to this role already, the new link replaces the "
            "old one."
        ),
        lambda row, user, data: workflow.invite(row, by=user, **data),
        _always,
        InviteForm,
        page=PAGE,
    ),
    AdminVerb(
        "remove-role",
        _("Remove a role"),
        _("The person loses what the role allows with the next request."),
        lambda row, user, data: workflow.revoke_role(data["given"], by=user),
        _always,
        RoleForm,
        wants_object=True,
        page=PAGE,
    ),
    AdminVerb(
        "revoke-invitation",
        _("Revoke an invitation"),
        _("Its link ends."),
        lambda row, user, data: workflow.revoke_invitation(data["invitation"], by=user),
        _always,
        InvitationForm,
        wants_object=True,
        page=PAGE,
    ),
)


@dataclass(frozen=True)
class Source:
    """Roles that count in an object: given in itself or in a wider one.

    ``address`` is the page of people where they are removed, '' if it is not open.
    """

    row: Model
    roles: list[AbstractRole]
    is_own: bool
    address: str


class PeopleAdmin(ScopedAdmin):
    """A ScopedAdmin of a scope's own model, with a page of the people there.

    Subclasses add ``PEOPLE_VERBS`` to their verbs; ``wider`` returns the rows of other
    scopes whose roles also count in a row.
    """

    change_form_template = "admin/people_change_form.html"

    def wider(self, row: Any) -> list[Model]:
        return []

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.people)
        name = f"{self.opts.app_label}_{self.opts.model_name}_{PAGE}"
        return [path(f"<path:object_id>/{PAGE}/", view, name=name), *super().get_urls()]

    def people(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show who has which role, and who is invited."""
        row: Any = self.get_object(request, object_id)
        if row is None or not self.can_act(request, row):
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("People: %(thing)s") % {"thing": row},
            "object": row,
            "back": self.change_address(row.pk),
            "sources": list(self._sources(request, row)),
            "invitations": invitations_to(row),
            "now": database.now(),
            "do": {
                verb.name.replace("-", "_"): self._do_address(row, verb)
                for verb in PEOPLE_VERBS
            },
        }
        return TemplateResponse(request, "admin/people.html", context)

    def _do_address(self, row: Model, verb: AdminVerb) -> str:
        return reverse(f"admin:{self._do_name}", args=[row.pk, verb.name])

    def _sources(self, request: HttpRequest, row: Model) -> Iterator[Source]:
        yield Source(row, list(roles_in(row)), is_own=True, address="")
        for other in self.wider(row):
            model, meta = type(other), other._meta
            name = f"admin:{meta.app_label}_{meta.model_name}_{PAGE}"
            is_open = openable(self.admin_site, request, model, [other.pk])
            address = reverse(name, args=[other.pk]) if is_open else ""
            yield Source(other, list(roles_in(other)), is_own=False, address=address)
