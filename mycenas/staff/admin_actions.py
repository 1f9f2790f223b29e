"""Buttons of an object's admin page: each asks once and then calls the workflow."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.db import IntegrityError, models, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import Role, User
from mycenas.accounts.scopes import scope_named, scope_of
from mycenas.core.addresses import in_words
from mycenas.core.http.errors import ProblemError
from mycenas.staff import dashboard, edit_conflicts
from mycenas.staff.dashboard import Point
from mycenas.staff.edit_conflicts import mark_of, unread_changes
from mycenas.staff.effects import effects_of
from mycenas.staff.form_fields import BoundedFields
from mycenas.staff.formsets import say_at
from mycenas.staff.kept_words import bring_back
from mycenas.staff.letters import Letters
from mycenas.staff.read_only import without_saving
from mycenas.staff.saving import RefusalAdmin, refusal_of
from mycenas.staff.verbs import AdminVerb, Text, typed


def explained(request: HttpRequest, act: Callable[[], object]) -> None:
    """Run ``act``; a refusal becomes a message."""
    if sentence := attempted(act):
        messages.error(request, str(sentence))


def attempted(act: Callable[[], object]) -> Text | None:
    """Run ``act``; return the sentence of a refusal, or None."""
    try:
        act()
    except (ProblemError, IntegrityError) as error:
        return refusal_of(error).sentence
    return None


class ScopedAdmin(BoundedFields, RefusalAdmin):
    """A ModelAdmin with verbs as buttons.

    It shows only rows of those objects of ``scope`` where the person has one of
    ``roles``; ``scope_lookup`` leads from the model to its object of the scope. See
    mycenas/accounts/scopes.py.
    """

    change_form_template = "admin/verbs_change_form.html"
    scope: type[models.Model]
    scope_lookup = "pk"
    roles: tuple[Role, ...] = (Role.ORGANIZER,)
    verbs: tuple[AdminVerb, ...] = ()
    # Stands where the buttons to save would be, if nothing can be changed.
    unchanging: Text = _("Nothing of this can be changed here.")

    def roles_for(self, page: str) -> tuple[Role, ...]:
        """The roles that open a page of an object."""
        return self.roles

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(**{f"{self.scope_lookup}__in": self.scope_keys(request)})

    def scope_rows(self, request: HttpRequest) -> QuerySet[Any]:
        """The objects of the scope where the person has one of the roles."""
        return scope_named(self.scope).rows(request.user, *self.roles)

    def scope_keys(self, request: HttpRequest) -> Any:
        """Their keys, as the list of rows asks for them."""
        return self.scope_rows(request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, in_words(search_term))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the person has one of the roles anywhere.

        Every page asks this several times for each model: one answer for all.
        """
        known: dict[Any, bool] = vars(request).setdefault("powers", {})
        key = (self.scope, self.roles)
        if key not in known:
            scope = scope_named(self.scope)
            known[key] = scope.held_by(request.user, *self.roles)
        return known[key]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if scope := scope_of(db_field.related_model):
            kwargs["queryset"] = scope.rows(request.user, *self.roles)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.do)
        route = path("<path:object_id>/do/<slug:name>/", view, name=self._do_name)
        return [route, *super().get_urls()]

    @property
    def _do_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_do"

    def do_address(self, obj: models.Model, verb: str, **query: str) -> str:
        return reverse(f"admin:{self._do_name}", args=[obj.pk, verb], query=query)

    def can_act(self, request: HttpRequest, obj: models.Model) -> bool:
        """Return whether this person may use any verb."""
        return self.has_change_permission(request, obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None and self.can_act(request, obj):
            context.update(self._buttons(obj, request))
            context.update(without_saving(context, self.unchanging))
        return super().render_change_form(request, context, *args, **kwargs)

    def _buttons(self, obj: models.Model, request: HttpRequest) -> dict[str, Any]:
        """Return the verbs to offer and the sentences that replace the others."""
        user, seen = request.user, {edit_conflicts.SEEN: getattr(request, "mark", "")}
        shown = [v for v in self.verbs if v.page == "change" and v.offered(obj)]
        reasons = [str(why) for verb in shown if (why := verb.barred(obj, user))]
        return {
            "verbs": [
                (verb, self.do_address(obj, verb.name, **seen))
                for verb in shown
                if not verb.barred(obj, user)
            ],
            "barred": list(dict.fromkeys(reasons)),
        }

    def do(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Show the verb's form, or run the verb if the form is complete."""
        act = partial(self._do, request, object_id, name)
        return self.in_its_zone(request, object_id, act)

    def _do(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        obj = self.get_object(request, unquote(object_id))
        verb = next((verb for verb in self.verbs if verb.name == name), None)
        if obj is None or verb is None or not self.can_act(request, obj):
            raise Http404
        extra = verb.extra_for(obj)
        form = verb.form(request.POST or None, initial=request.GET.dict(), **extra)
        if lost := bring_back(request):
            messages.warning(request, lost)
            return self._ask(request, obj, verb, verb.form(request.POST, **extra), [])
        if request.method == "POST" and (form.is_valid() or not form.fields):
            return self._carry_out(request, obj, verb, form)
        seen = request.GET.get(edit_conflicts.SEEN, "")
        others = self._unread(request, obj, seen)
        return self._ask(request, obj, verb, form, others if not request.POST else [])

    def _carry_out(
        self, request: HttpRequest, obj: Any, verb: AdminVerb, form: forms.Form
    ) -> HttpResponse:
        data = getattr(form, "cleaned_data", {})
        try:
            with transaction.atomic():
                others = self._others(request, obj, verb)
                if others:
                    return self._ask(request, obj, verb, form, others)
                made = verb.act(obj, request.user, data)
        except (ProblemError, IntegrityError) as error:
            refused = refusal_of(error)
            if form.visible_fields():
                # What was typed stays on the page, which is about the row as it is.
                say_at(form, refused.field, refused.sentence)
                now = self.get_object(request, str(obj.pk)) or obj
                return self._ask(request, now, verb, form, [])
            messages.error(request, str(refused.sentence))
        else:
            shown: Any = made if verb.made_page else obj
            self.log_change(request, shown, str(verb.label))
            said = {"verb": verb.label, "thing": shown}
            messages.success(request, _("Done: %(verb)s, “%(thing)s”.") % said)
            if verb.made_page:
                return redirect(self.page_of(shown, verb.made_page))
        return self._landing(request, obj, verb)

    def _landing(
        self, request: HttpRequest, obj: models.Model, verb: AdminVerb
    ) -> HttpResponse:
        """The page of the button; people who lost it by the act go elsewhere."""
        if self.get_queryset(request).filter(pk=obj.pk).exists():
            return redirect(self.page_of(obj, verb.page))
        is_staff = User.objects.filter(pk=request.user.pk or 0, is_staff=True).exists()
        return redirect("admin:index" if is_staff else "/")

    def page_of(self, obj: models.Model, page: str) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=[obj.pk])

    def _others(self, request: HttpRequest, obj: Any, verb: AdminVerb) -> list[str]:
        """Return what changed since the question was shown; keep the row till then.

        A verb that is no longer offered goes on to its own refusal.
        """
        rows = self.model._base_manager.select_for_update(no_key=True)
        rows.filter(pk=obj.pk).first()
        seen = request.POST.get(edit_conflicts.SEEN, "")
        is_offered = verb.offered(obj)
        return self._unread(request, obj, seen) if is_offered else []

    def _unread(self, request: HttpRequest, obj: Any, seen: str) -> list[str]:
        return unread_changes(obj, self.audited_parts, seen, self.named_for(request))

    def _ask(
        self,
        request: HttpRequest,
        obj: Any,
        verb: AdminVerb,
        form: forms.Form,
        others: list[str],
    ) -> HttpResponse:
        """Show the question, or what is missing for it.

        The form remembers which version it is about.
        """
        seen = request.POST.get(edit_conflicts.SEEN, "")
        if others or not seen:
            seen = mark_of(obj, self.audited_parts)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": verb.label,
            "object": obj,
            "verb": verb,
            **self._outlook(request, obj, verb, form),
            "form": form,
            "others": others,
            "seen": edit_conflicts.SEEN,
            "mark": seen,
            "back": self.page_of(obj, verb.page),
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/verb.html", context)

    def _outlook(
        self, request: HttpRequest, obj: Any, verb: AdminVerb, form: forms.Form
    ) -> dict[str, Any]:
        """What the verb will do, or only what keeps it from happening now."""
        why_not = verb.why_not(obj, request.user)
        points = [] if why_not else self._points(request, obj, verb)
        found = {
            "facts": verb.facts(obj) if verb.facts else [],
            "points": points,
            "why_not": why_not,
        }
        if why_not or any(point.blocks for point in points):
            return {**found, "is_refused": True, "unsent": typed(form)}
        data = form.cleaned_data if form.is_valid() else {}
        mails = verb.mails and Letters(verb.mails([obj], request.user, data))
        return {
            **found,
            "effects": effects_of(request, obj, verb.name),
            "letters": mails,
        }

    def _points(self, request: HttpRequest, obj: Any, verb: AdminVerb) -> list[Point]:
        if not verb.is_next_step:
            return []
        return dashboard.points(request, self.model, [obj])[obj.pk]
