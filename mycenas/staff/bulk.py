"""Actions on many rows: each asks for confirmation on a page that lists the rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import model_ngettext
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from mycenas.staff.admin_actions import attempted
from mycenas.staff.kept_words import bring_back
from mycenas.staff.letters import READ, Letters
from mycenas.staff.verbs import AdminVerb, ConfirmForm, Text, typed

# Each row is a field of the confirmation form; Django reads 1000 fields.
MOST_ROWS = 500
CONFIRMED = "confirmed"
ANOTHER = _(
    "The entries or the mails are others than the page showed. Nothing was changed: "
    "read these, then confirm."
)

NO_ACTION = (("", _("Choose an action")),)

Action = Callable[[Any, HttpRequest, QuerySet[Any]], Any]


class ConfirmedActions:
    """Ask for confirmation before each action of a list.

    Adds verbs that have ``many`` as actions. `StaffSite` mixes this in, also into
    the admin classes of libraries.
    """

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show a question again whose words were kept during a sign-in."""
        if lost := bring_back(request):
            messages.warning(request, lost)
        return super().changelist_view(request, *args, **kwargs)  # type: ignore[misc]

    def get_action_choices(
        self, request: HttpRequest, default_choices: Any = NO_ACTION
    ) -> list[tuple[str, Any]]:
        actions = super().get_action_choices(request, [])  # type: ignore[misc]
        return [*default_choices, *actions]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found = super().get_actions(request)  # type: ignore[misc]
        actions = {
            name: (_asking(act, name, label), name, label)
            for name, (act, _name, label) in found.items()
        }
        return {**actions, **_verbs_of(self, request)}


def _verbs_of(model_admin: Any, request: HttpRequest) -> dict[str, Any]:
    verbs: tuple[AdminVerb, ...] = getattr(model_admin, "verbs", ())
    if IS_POPUP_VAR in request.GET or not model_admin.has_change_permission(request):
        return {}
    return {
        (name := _name_of(verb)): (
            _few(partial(_act_on_chosen, verb)),
            name,
            verb.label,
        )
        for verb in verbs
        if verb.many
    }


def _name_of(verb: AdminVerb) -> str:
    return f"{verb.name.replace('-', '_')}_selected"


def _few(act: Action) -> Action:
    """Run ``act`` on the chosen rows unless there are more than MOST_ROWS."""

    def limited(model_admin: Any, request: HttpRequest, listed: QuerySet[Any]) -> Any:
        rows = _chosen(model_admin, request, listed)
        count = rows.count()
        if count <= MOST_ROWS:
            return act(model_admin, request, rows)
        sentence = _(
            "%(count)d rows are chosen; the limit is %(limit)d. Nothing was changed. "
            "Choose fewer rows."
        )
        messages.error(request, sentence % {"count": count, "limit": MOST_ROWS})
        return None

    return limited


def _chosen(
    model_admin: Any, request: HttpRequest, listed: QuerySet[Any]
) -> QuerySet[Any]:
    """The chosen rows, also those that have left the filtered list since."""
    keys = request.POST.getlist(ACTION_CHECKBOX_NAME)
    if request.POST.get("select_across", "0") != "0" or not keys:
        return listed
    return _keyed(model_admin, request, keys)


def _keyed(model_admin: Any, request: HttpRequest, keys: list[Any]) -> QuerySet[Any]:
    rows: QuerySet[Any] = model_admin.get_queryset(request).filter(pk__in=keys)
    related = model_admin.list_select_related
    return rows.select_related(*related) if isinstance(related, tuple) else rows


def _asking(act: Action, name: str, label: Text) -> Action:
    """Ask for confirmation before an action of Django or of a library."""
    if act is delete_selected:
        return _few(act)  # Django asks for confirmation itself.

    def ask(model_admin: Any, request: HttpRequest, rows: QuerySet[Any]) -> Any:
        if request.POST.get(CONFIRMED) == name:
            return act(model_admin, request, rows)
        return _question(model_admin, request, name, label, rows=list(rows))

    return _few(ask)


def _act_on_chosen(
    verb: AdminVerb, model_admin: Any, request: HttpRequest, listed: QuerySet[Any]
) -> TemplateResponse | None:
    """Show the verb's form once for all rows, then run the verb row by row.

    It runs only when the page has shown the mails that it sends. Rows that refuse it
    are shown once more, with what was typed.
    """
    name, rows = _name_of(verb), list(listed)
    is_confirmed = request.POST.get(CONFIRMED) == name
    reasons, possible = _possible(verb, rows, request)
    extra = {"objects": rows} if verb.wants_objects else {}
    form = verb.form(**extra)
    if is_confirmed or form.fields.keys() & request.POST.keys():
        form = verb.form(request.POST, **extra)
    is_complete = is_confirmed and (form.is_valid() or not form.fields)
    letters = _letters(verb, possible, request, form)
    is_read = letters is not None and letters.digest == request.POST.get(READ)
    if is_complete and (is_read or not (verb.mails and possible)):
        data = getattr(form, "cleaned_data", {})
        refused = _carry_out(verb, model_admin, request, rows, data)
        if not (refused and typed(form)):
            return None
        rows = list(_keyed(model_admin, request, refused))
        reasons, possible = _possible(verb, rows, request)
        letters = _letters(verb, possible, request, form)
    elif is_complete and request.POST.get(READ):
        messages.warning(request, ANOTHER)
    return _question(
        model_admin,
        request,
        name,
        verb.label,
        rows=possible,
        sentences=verb.many(possible) if verb.many and possible else [],
        left_out=[(row, why) for row, why in reasons.items() if why],
        form=form,
        letters=letters,
        is_last=letters is not None or not verb.mails,
    )


def _possible(
    verb: AdminVerb, rows: list[Any], request: HttpRequest
) -> tuple[dict[Any, Text | None], list[Any]]:
    """Why not for each row, if so, and the rows for which nothing speaks against it."""
    if verb.prepare:
        verb.prepare(rows)
    reasons = {row: verb.why_not(row, request.user) for row in rows}
    return reasons, [row for row, why in reasons.items() if not why]


def _letters(
    verb: AdminVerb, rows: list[Any], request: HttpRequest, form: forms.Form
) -> Letters | None:
    """The mails that the verb sends; None while their text is not known."""
    if not verb.mails or not rows or (form.fields and not form.is_valid()):
        return None
    return Letters(verb.mails(rows, request.user, getattr(form, "cleaned_data", {})))


def _carry_out(
    verb: AdminVerb,
    model_admin: Any,
    request: HttpRequest,
    rows: list[Any],
    data: dict[str, Any],
) -> list[Any]:
    """Run the verb row by row; return the keys of the rows that refuse it."""
    refused: dict[str, list[str]] = {}
    left: list[Any] = []
    for row in rows:
        act = partial(verb.act, row, request.user, data)
        sentence = attempted(transaction.atomic(act))
        if sentence is None:
            model_admin.log_change(request, row, str(verb.label))
        else:
            left.append(row.pk)
            refused.setdefault(str(sentence), []).append(f"“{row}”")
    for sentence, names in refused.items():
        messages.error(request, f"{', '.join(names)}: {sentence}")
    done = len(rows) - len(left)
    if done:
        sentence = _("Done: %(verb)s, %(done)d of %(count)d.")
        counts = {"verb": verb.label, "done": done, "count": len(rows)}
        messages.success(request, sentence % counts)
    return left


def _question(
    model_admin: Any,
    request: HttpRequest,
    action: str,
    label: Text,
    *,
    rows: list[Any],
    sentences: list[Text] | None = None,
    left_out: list[tuple[Any, Text]] | None = None,
    form: forms.Form | None = None,
    letters: Letters | None = None,
    is_last: bool = True,
) -> TemplateResponse:
    """The confirmation page; its form repeats the action with the rows it lists.

    One that is not the last leads to the page that shows the mails.
    """
    form = form or ConfirmForm()
    named = getattr(model_admin, "row_name", str)
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": f"{label}: {len(rows)} {model_ngettext(model_admin.opts, len(rows))}",
        "label": label,
        "rows": [(row.pk, named(row)) for row in rows],
        "sentences": sentences or [],
        "left_out": [(named(row), why) for row, why in left_out or []],
        "form": form,
        "letters": letters,
        "unsent": [] if rows else typed(form),
        "read": READ,
        "is_last": is_last,
        "action": action,
        "confirmed": CONFIRMED,
        "checkbox": ACTION_CHECKBOX_NAME,
        "back": request.get_full_path(),
        "media": model_admin.media + form.media,
    }
    return TemplateResponse(request, "admin/selected.html", context)
