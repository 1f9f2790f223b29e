from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.admin import AuthenticatorAdmin
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import Membership, Organization, User
from mycenas.accounts.scopes import scopes
from mycenas.core.addresses import in_words
from mycenas.core.models import Mail
from mycenas.core.text import KEY
from mycenas.staff.form_fields import BoundedFields
from mycenas.staff.history import JournalAdmin
from mycenas.staff.outbox import MailAdmin
from mycenas.staff.people import PEOPLE_VERBS, PeopleAdmin

admin.site.unregister((Group, Authenticator))


@admin.register(Authenticator)
class SecondFactorAdmin(AuthenticatorAdmin):  # type: ignore[misc]
    """Second factors: their owners add them, the admin can only remove them.

    A factor's data is a secret, which only the sign-in reads.
    """

    fields = ("user", "type", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PersonSelect(AutocompleteSelect):
    """An autocomplete of one person that ignores keys that are not numbers."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        known = [key for key in value if not key or KEY.fullmatch(str(key))]
        return super().optgroups(name, known, attr)

    def build_attrs(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Name the empty field: its script takes the name from what it shows."""
        attrs: dict[str, Any] = super().build_attrs(*args, **kwargs)
        return {**attrs, "data-placeholder": gettext("Choose a person")}


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]
    """A role, which stays with its person once it is given."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].disabled = self.instance.pk is not None


class MembershipInline(BoundedFields, admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    form = MembershipForm
    extra = 1
    autocomplete_fields = ("user",)

    class Media:
        js = ("js/person.js",)

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name in self.autocomplete_fields:
            kwargs["widget"] = PersonSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Organization)
class OrganizationAdmin(PeopleAdmin):
    """Organizers invite people; superusers change everything."""

    scope = Organization
    verbs = PEOPLE_VERBS
    audited_parts = (
        ("accounts_membership", "organization_id"),
        ("accounts_invitation", "organization_id"),
    )
    list_display = ("name", "slug")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (MembershipInline,)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def can_act(self, request: HttpRequest, obj: Any) -> bool:
        return self.has_module_permission(request)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Organizers see people, and remove them, on a page of their own."""
        return self.inlines if request.user.is_superuser else ()


@admin.register(User)
class PersonAdmin(JournalAdmin, UserAdmin):  # type: ignore[type-arg]
    audited_parts = (("accounts_membership", "user_id"),)
    ordering = ("email",)
    list_display = ("email", "name", "is_staff", "is_active")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email", "name")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined", "roles")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (_("Access"), {"fields": ("is_active", "is_superuser", "roles")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "password1", "password2")}),)

    @admin.display(description=_("roles"))
    def roles(self, person: User) -> str:
        """All roles of the person, and in what; people with one of two are staff."""
        given = [
            f"{one.get_role_display()}, {getattr(one, scope.field)}"
            for scope in scopes()
            for one in scope.roles._default_manager.filter(user=person).select_related(
                scope.field
            )
        ]
        return "; ".join(given) or "–"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        return super().get_search_results(request, queryset, in_words(search_term))

    def save_model(
        self, request: HttpRequest, obj: User, form: Any, change: bool
    ) -> None:
        """Save; a new person proves the address at the first sign-in."""
        super().save_model(request, obj, form, change)
        if not change:
            EmailAddress.objects.create(user=obj, email=obj.email, primary=True)


admin.site.register(Mail, MailAdmin)
