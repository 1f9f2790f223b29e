"""The queue: a page of entries in review, and one entry with its decision.

Both are views of the admin of entries, which says whose rows a person sees. Decisions
are those of `submissions.review.workflow`; a refusal becomes a message.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.access import signed_in
from mycenas.core.http.visits import is_early
from mycenas.core.text import KEY
from mycenas.staff.kept_words import bring_back
from mycenas.staff.verbs import typed
from submissions.models import Submission
from submissions.review.claims import workflow as claims
from submissions.review.metadata import stated
from submissions.review.naming import places_naming
from submissions.review.permits.forms import ChangesForm
from submissions.review.permits.verbs import request_in_words
from submissions.review.queue import queries
from submissions.review.queue.deciding import ask, decide
from submissions.review.queue.queue import Queue
from submissions.review.reasons.forms import RejectForm
from submissions.states import SubmissionState as S

# Browsers throw away what was loaded early with an error, and ask again in time.
TOO_EARLY = HTTPStatus.SERVICE_UNAVAILABLE


def grid(admin: Any, request: HttpRequest) -> HttpResponse:
    """GET shows a page of the queue or goes on to an entry; POST acts on the chosen."""
    if not admin.has_change_permission(request):
        raise Http404
    if is_early(request):
        return HttpResponse(status=TOO_EARLY)
    if lost := bring_back(request):
        messages.warning(request, lost)
    queue = Queue(admin, request)
    if request.method == "POST":
        return _act_on_chosen(admin, request, queue)
    is_opened = request.method == "GET"
    if "go" in request.GET and is_opened:
        return redirect(_entry_to_go_to(queue, request.GET["go"]))
    user = signed_in(request)
    if is_opened:
        claims.release_all(by=user)
    entries, next_url = queue.page(_key(request.GET.get("after", "")))
    held = claims.held_by_others([entry.pk for entry in entries], by=user)
    context = {
        **queue.context(_("Entries to review")),
        "entries": [queue.shown(entry, held.get(entry.pk)) for entry in entries],
        "next_url": next_url,
        "is_first": not request.GET.get("after"),
        "actions": _actions(admin, request),
        "checkbox": ACTION_CHECKBOX_NAME,
        "list_address": reverse("admin:submissions_submission_changelist"),
    }
    return TemplateResponse(request, "admin/review/queue.html", context)


def _key(text: str) -> int:
    return int(text) if KEY.fullmatch(text) else 0


def _actions(admin: Any, request: HttpRequest) -> list[tuple[str, Any]]:
    """The acts on several entries, each with a page that asks for confirmation."""
    offered = admin.get_actions(request)
    names = ("approve_selected", "reject_selected")
    return [(name, offered[name][2]) for name in names if name in offered]


def _act_on_chosen(admin: Any, request: HttpRequest, queue: Queue) -> HttpResponse:
    name = request.POST.get("action", "")
    if name not in dict(_actions(admin, request)):
        raise Http404
    if not request.POST.getlist(ACTION_CHECKBOX_NAME):
        messages.warning(request, _("Choose at least one entry."))
        return redirect(queue.address)
    act = admin.get_actions(request)[name][0]
    answer: HttpResponse | None = act(admin, request, queue.rows.none())
    return answer or redirect(queue.address)


def _entry_to_go_to(queue: Queue, where: str) -> str:
    """The address of the entry before or after one, or of the first free one."""
    forward, key = not where.startswith("-"), _key(where.lstrip("-"))
    entry = queue.rows.filter(pk=key).first() if key else None
    if entry and not forward:
        found = queries.before(queue.found, entry, queue.user)
        return queue.entry_address((found or entry).pk)
    return queue.next_address(entry)


Forms = tuple[RejectForm, ChangesForm]


def _forms(request: HttpRequest, entry: Submission) -> Forms:
    """The forms that decide and that request changes; the sent one is bound."""
    form, changes, sent = RejectForm(objects=[entry]), ChangesForm(), request.POST
    if request.method != "POST":
        return form, changes
    # Words that come back after a sign-in have no act.
    guess = "request" if changes.fields.keys() & sent.keys() else ""
    if sent.get("act", guess) == "request":
        return form, ChangesForm(sent)
    return RejectForm(sent, objects=[entry]), changes


def _act(
    admin: Any, request: HttpRequest, queue: Queue, entry: Submission, forms: Forms
) -> HttpResponse | None:
    """Do what was sent; None if the page has to be shown."""
    form, changes = forms
    if changes.is_bound:
        return ask(admin, request, queue, entry, changes)
    return decide(admin, request, queue, entry, form) if form.is_bound else None


def review(admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """GET shows an entry and claims it; POST decides, and goes on to the next one."""
    entry: Submission | None = admin.get_object(request, unquote(object_id))
    if entry is None or not admin.has_change_permission(request, entry):
        raise Http404
    if is_early(request):
        return HttpResponse(status=TOO_EARLY)
    queue, user = Queue(admin, request), signed_in(request)
    lost = bring_back(request)
    form, changes = _forms(request, entry)
    if lost:
        messages.warning(request, lost)
    elif answer := _act(admin, request, queue, entry, (form, changes)):
        return answer
    is_mine = False
    if request.method in ("GET", "POST"):
        is_mine = entry.state == S.PENDING and claims.claim(entry, by=user)
        claims.release_all(by=user, but=[entry.pk])
    held = {} if is_mine else claims.held_by_others([entry.pk], by=user)
    context = {
        **queue.context(entry.title),
        "entry": entry,
        "form": form,
        "changes": changes,
        "unsent": [] if is_mine else [*typed(form), *typed(changes)],
        "is_mine": is_mine and not entry.competition.cancelled_at,
        "requested": " ".join(map(str, request_in_words(entry))),
        "is_own": entry.participant_id == user.pk,
        "holder": held.get(entry.pk),
        "picture": entry.rendition(1920),
        "preload": queue.next_picture(entry),
        "naming": places_naming(entry),
        "metadata": stated(entry),
        "others": queue.beside("artist", entry),
        "same_file": queue.beside("file", entry),
        "similar": queue.beside("similar", entry),
        "small_picture": entry.rendition(320),
        "skip": queue.go(str(entry.pk)),
        "back": queue.go(f"-{entry.pk}"),
        "change": admin.change_address(entry.pk),
        "zone": entry.competition.zone,
    }
    return TemplateResponse(request, "admin/review/entry.html", context)
