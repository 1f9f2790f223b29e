"""The page that answers: why can this person not see or do this?"""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult, urlsplit

from django import forms
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.template.response import TemplateResponse
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import Role, User
from mycenas.accounts.scopes import scopes
from mycenas.core.fields import LineField, MailField
from mycenas.staff.explain import Subject, can, roles_around
from mycenas.staff.explain_public import PublicSubject, public_subject

# Names of URLs that are about one object end so.
PAGES = ("change", "history", "delete", "do", "people", "overview", "review")


class WhyForm(forms.Form):
    """A person, and a page for staff or a public one."""

    email = MailField(label=_("E-mail address of the person"))
    address = LineField(
        label=_("Address of the page"),
        max_length=500,
        help_text=_(
            "Of an object on the desk, of the button of an act, or of the public page "
            "of a competition or an entry: copy it from your browser."
        ),
    )


def why(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Answer for objects that the asking person organizes."""
    if not may_ask(request):
        raise Http404
    form = WhyForm(request.GET or None)
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": _("Why can this person not see or do this?"),
        "form": form,
    }
    if form.is_valid():
        context |= _answer(site, request, form)
    return TemplateResponse(request, "admin/why.html", context)


def may_ask(request: HttpRequest) -> bool:
    """Whether the person organizes anything."""
    return any(scope.held_by(request.user, Role.ORGANIZER) for scope in scopes())


def _answer(site: AdminSite, request: HttpRequest, form: WhyForm) -> dict[str, Any]:
    subject = _subject(site, request, form.cleaned_data["address"])
    if subject is None:
        sentence = _(
            "You organize nothing with a page at this address. Copy the whole address "
            "of an object’s page on this desk, or of its public page."
        )
        form.add_error("address", sentence)
        return {}
    email = form.cleaned_data["email"]
    person = User.objects.filter(email=email).first()
    roles = roles_around(site, person, subject.row) if person else []
    if not (roles or request.user.is_superuser):
        # Whether others have an account is not for organizers to know.
        person = None
    if isinstance(subject, PublicSubject):
        return {
            "subject": subject,
            "person": person,
            "name": person or email,
            "roles": roles,
            "reasons": subject.hidden(person or AnonymousUser()),
            "left_out": subject.left_out(),
        }
    if person is None:
        thing = subject.row or subject.obj
        sentence = _("This person has no role in “%(thing)s”. Invite them.")
        return {"subject": subject, "reasons": [sentence % {"thing": thing}]}
    return {
        "subject": subject,
        "person": person,
        "name": person,
        "roles": roles,
        "reasons": can(person, subject),
    }


def _subject(
    site: AdminSite, request: HttpRequest, address: str
) -> Subject | PublicSubject | None:
    try:
        parts = urlsplit(address)
        match = resolve(parts.path)
    except (Resolver404, ValueError):
        return None
    if not _is_here(parts):
        return None
    subject = public_subject(match) or _desk_subject(site, request, match)
    return subject if subject and _organizes(request, subject) else None


def _desk_subject(
    site: AdminSite, request: HttpRequest, match: ResolverMatch
) -> Subject | None:
    name, _sign, page = (match.url_name or "").rpartition("_")
    found = {
        f"{model._meta.app_label}_{model._meta.model_name}": model_admin
        for model, model_admin in site._registry.items()
    }
    model_admin = found.get(name)
    key = str(match.kwargs.get("object_id", ""))
    if model_admin is None or page not in PAGES or "admin" not in match.app_names:
        return None
    if not model_admin.has_view_permission(request):
        return None
    obj = model_admin.get_object(request, key)
    verbs = {verb.name: verb for verb in getattr(model_admin, "verbs", ())}
    verb = verbs.get(match.kwargs.get("name", ""))
    if obj is None or (page == "do" and verb is None):
        return None
    return Subject(model_admin, obj, verb, page)


def _is_here(parts: SplitResult) -> bool:
    """Whether an address leads to this site: a path alone, or one of its hosts."""
    if not (parts.scheme or parts.netloc):
        return True
    host, _port = split_domain_port(parts.netloc)
    is_web = parts.scheme in ("", "http", "https")
    return is_web and validate_host(host, settings.ALLOWED_HOSTS)


def _organizes(request: HttpRequest, subject: Subject | PublicSubject) -> bool:
    if request.user.is_superuser:
        return True
    row = subject.row
    return row is not None and any(
        scope.organized_by(request.user, row)
        for scope in scopes()
        if isinstance(row, scope.model)
    )
