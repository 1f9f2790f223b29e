"""What a moderator sends from the page of an entry in the queue."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.db import database
from mycenas.staff.admin_actions import attempted
from mycenas.staff.verbs import Text
from submissions.models import Submission
from submissions.review import rejecting, workflow
from submissions.review.claims import workflow as claims
from submissions.review.permits.forms import ChangesForm
from submissions.review.permits.workflow import request_changes
from submissions.review.queue.queue import Queue
from submissions.review.reasons.forms import RejectForm
from submissions.states import SubmissionState as S

# The answer to a page that renews a claim which it has no more.
LOST = HTTPStatus.CONFLICT
# The state that each decision leads to.
OUTCOMES = {"approve": S.APPROVED, "reject": S.REJECTED}


def decide(
    admin: Any,
    request: HttpRequest,
    queue: Queue,
    entry: Submission,
    form: RejectForm,
) -> HttpResponse | None:
    """Do what was sent; None if the form has to be shown again, with what was typed."""
    act = request.POST.get("act", "")
    if act == "renew":
        is_mine = claims.claim(entry, by=queue.user)
        return HttpResponse(status=HTTPStatus.NO_CONTENT if is_mine else LOST)
    if act == "leave":
        claims.release(entry, by=queue.user)
        return redirect(queue.address)
    if act == "reject" and not form.is_valid():
        return None
    acts: dict[str, tuple[Text, Callable[[], None]]] = {
        "approve": (_("Approve"), partial(workflow.approve, entry, by=queue.user)),
        "reject": (_("Reject"), lambda: _reject(entry, form, queue)),
        "undo": (_("Undo"), partial(workflow.undo, entry, by=queue.user)),
    }
    if act not in acts:
        raise Http404
    label, function = acts[act]
    is_repeat = partial(_is_repeat, entry, act, form, queue.user)
    if not _done(admin, request, entry, label, function, is_repeat):
        if act == "reject":
            return None
        return redirect(queue.next_address(entry))
    if act == "undo":
        return redirect(queue.entry_address(entry.pk))
    return redirect(queue.next_address(entry, decided=entry.pk))


def ask(
    admin: Any,
    request: HttpRequest,
    queue: Queue,
    entry: Submission,
    form: ChangesForm,
) -> HttpResponse | None:
    """Request the changes that were sent; None if the form has to be shown again."""
    if not form.is_valid():
        return None
    act = partial(request_changes, entry, by=queue.user, **form.cleaned_data)
    if not _done(admin, request, entry, _("Request changes"), act):
        entry.refresh_from_db()
        return None
    messages.success(
        request, _("Changes of “%(entry)s” are requested.") % {"entry": entry}
    )
    return redirect(queue.next_address(entry))


def _done(
    admin: Any,
    request: HttpRequest,
    entry: Submission,
    label: Text,
    function: Callable[[], object],
    is_repeat: Callable[[], bool] = lambda: False,
) -> bool:
    """Whether it was done, now or by the same form before; a refusal is a message."""
    if sentence := attempted(transaction.atomic(function)):
        if is_repeat():
            return True
        messages.error(request, f"“{entry}”: {sentence}")
        return False
    admin.log_change(request, entry, str(label))
    return True


def _is_repeat(entry: Submission, act: str, form: RejectForm, user: User) -> bool:
    """Whether ``user`` has done the same just now: the form came twice."""
    entry.refresh_from_db()
    if act == "undo":
        return entry.state == S.PENDING and claims.claim(entry, by=user)
    reason = ""
    if act == "reject":
        reason = form.cleaned_data["texts"][entry.competition.organization_id]
    decided = (entry.state, entry.decided_by_id, entry.decision_reason)
    is_same = decided == (OUTCOMES[act], user.pk, reason)
    return is_same and bool(entry.undo_seconds(database.now()))


def _reject(entry: Submission, form: RejectForm, queue: Queue) -> None:
    rejecting.reject(entry, by=queue.user, **form.cleaned_data)
