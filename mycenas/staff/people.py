"""The page of people in an organization or a competition: roles and invitations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from mycenas.accounts import workflow
from mycenas.accounts.models import (
    OPEN_INVITATION,
    AbstractInvitation,
    AbstractRole,
    Role,
)
from mycenas.accounts.scopes import scope_named
from mycenas.core.db import database
from mycenas.core.fields import LineField, NewMailField
from mycenas.core.once import OnceField
from mycenas.core.text import KEY
from mycenas.staff.imports.admin import ImportsAdmin
from mycenas.staff.links import openable
from mycenas.staff.verbs import AdminVerb

PAGE = "people"


class InviteForm(forms.Form):
    """Whom to invite, and to which role."""

    name = LineField(label=_("Name"), max_length=120)
    email = NewMailField(
        label=_("E-mail address"),
        help_text=_("The invitation can be accepted with exactly this address."),
    )
    role = forms.ChoiceField(
        label=_("Role"), choices=[("", _("Choose a role")), *Role.choices]
    )
    once = OnceField()


class RowField(forms.ModelChoiceField[Any]):
    """One of the rows that are there now, by its number.

    ``gone`` says why a row is not there.
    """

    def __init__(
        self, gone: Any, in_words: Callable[[Any], str], **kwargs: Any
    ) -> None:
        self.gone, self.in_words = gone, in_words
        errors = {"invalid_choice": gone}
        kwargs.setdefault("empty_label", _("Choose one"))
        super().__init__(queryset=None, error_messages=errors, **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return self.in_words(obj)

    def to_python(self, value: Any) -> Any:
        if value not in self.empty_values and not KEY.fullmatch(str(value)):
            raise ValidationError(self.gone, code="invalid_choice")
        return super().to_python(value)


class RowForm(forms.Form):
    """A choice of rows of an object.

    If a link leads to a row that is gone, the form says so.
    """

    def __init__(self, *args: Any, instance: Model, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, RowField):
                field.queryset = self.rows_of(instance)
                self._look_for(name, field)

    def _look_for(self, name: str, field: RowField) -> None:
        try:
            if not self.is_bound and name in self.initial:
                field.clean(self.initial[name])
        except ValidationError:
            field.help_text = field.gone

    @staticmethod
    def rows_of(instance: Model) -> Any:
        raise NotImplementedError


class RoleForm(RowForm):
    """Which role of which person to remove."""

    given = RowField(
        _(
            "This role is not there any more: it was removed or changed a moment ago. "
            "The list has the roles of now."
        ),
        lambda row: f"{row.user} ({row.user.email}), {row.get_role_display()}",
        label=_("Person and role"),
    )

    @staticmethod
    def rows_of(instance: Model) -> Any:
        return roles_in(instance)


class InvitationForm(RowForm):
    """Which open invitation to revoke."""

    invitation = RowField(
        _(
            "This invitation is not open any more: it was accepted or revoked. The "
            "list has those that are open."
        ),
        lambda row: f"{row.name} ({row.email}), {row.get_role_display()}",
        label=_("Invitation"),
    )

    @staticmethod
    def rows_of(instance: Model) -> Any:
        return invitations_to(instance)


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
class Offer:
    """An open invitation, and why it cannot be accepted, if so."""

    invitation: AbstractInvitation
    is_expired: bool
    lost_its_sender: bool


def _offers(row: Model) -> Iterator[Offer]:
    now, scope = database.now(), scope_named(type(row))
    organizes: dict[int, bool] = {}
    for one in invitations_to(row):
        sender = one.invited_by
        if sender.pk not in organizes:
            organizes[sender.pk] = scope.organized_by(sender, row)
        yield Offer(one, one.expires_at <= now, not organizes[sender.pk])


@dataclass(frozen=True)
class RoleSource:
    """Roles that count in an object: given in itself or in a wider one.

    ``address`` is the page of people where they are removed, '' if it is not open.
    """

    row: Model
    roles: list[AbstractRole]
    is_own: bool
    address: str


class PeopleAdmin(ImportsAdmin):
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
            "invitations": list(_offers(row)),
            "zone": self.zone(request, row),
            "import_address": self.import_address(row, "people"),
            "do": {
                verb.name.replace("-", "_"): self.do_address(row, verb.name)
                for verb in PEOPLE_VERBS
            },
        }
        return TemplateResponse(request, "admin/people.html", context)

    def _sources(self, request: HttpRequest, row: Model) -> Iterator[RoleSource]:
        yield RoleSource(row, list(roles_in(row)), is_own=True, address="")
        for other in self.wider(row):
            model, meta = type(other), other._meta
            name = f"admin:{meta.app_label}_{meta.model_name}_{PAGE}"
            is_open = openable(self.admin_site, request, model, [other.pk])
            address = reverse(name, args=[other.pk]) if is_open else ""
            yield RoleSource(
                other, list(roles_in(other)), is_own=False, address=address
            )
