"""The entry form as a page: empty, with faults, or with the word when to go on."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from competitions.models import Competition
from mycenas.accounts.people import signed_in
from mycenas.core import clock
from mycenas.core.problems import problem, wants_json
from submissions.intake import workflow
from submissions.intake.errors import Waits
from submissions.intake.forms import EntryForm
from submissions.models import Submission

WORDS = ("title", "description", "alt_text", "idempotency_key")


def fresh_form(competition: Competition, ticket: Submission | None) -> EntryForm:
    """An empty form, or the words of an arrival whose file did not come yet."""
    initial = {name: getattr(ticket, name) for name in WORDS} if ticket else {}
    if ticket:
        # An arrival is taken only from who has accepted them.
        initial["accept_rules"] = True
    if ticket and ticket.category:
        initial["category"] = ticket.category.slug
    return EntryForm(initial=initial, competition=competition)


def form_page(request: HttpRequest, form: EntryForm, *, status: int) -> HttpResponse:
    """The form to be filled in, or corrected."""
    waiting = workflow.waiting_tickets(form.competition, signed_in(request))
    its_own = waiting.filter(idempotency_key=form["idempotency_key"].value() or "")
    ticket = its_own.first() or waiting.first()
    return _page(request, form, ticket, status=status)


def come_back(
    request: HttpRequest,
    form: EntryForm,
    refused: Waits,
    ticket: Submission | None,
) -> HttpResponse:
    """Say when the same may go through; the words stay and the page goes on by itself.

    The words of a ``ticket`` are in its row: the page returns to them in time. Without
    one they are on this page only, so it stays.
    """
    if wants_json(request):
        arrived = ticket and ticket.arrived_at
        response: HttpResponse = problem(
            refused.status, refused.code, str(refused.sentence), arrived_at=arrived
        )
    else:
        response = _wait_page(request, form, refused, ticket)
    for name, value in refused.headers.items():
        response[name] = value
    return response


def _wait_page(
    request: HttpRequest, form: EntryForm, refused: Waits, ticket: Submission | None
) -> HttpResponse:
    if ticket is None:
        return _page(request, form, None, status=refused.status, refused=refused)
    words = fresh_form(form.competition, ticket)
    address = f"{request.path}?ticket={ticket.token}"
    response = _page(
        request,
        words,
        ticket,
        status=refused.status,
        refused=refused,
        go_on_at=address,
    )
    response["Refresh"] = f"{refused.retry_after}; url={address}"
    return response


def _page(
    request: HttpRequest,
    form: EntryForm,
    ticket: Submission | None,
    *,
    status: int,
    **more: Any,
) -> HttpResponse:
    competition, now = form.competition, clock.now()
    context = {
        "competition": competition,
        "form": form,
        "ticket": ticket,
        "entries_left": workflow.entries_left(competition, signed_in(request)),
        "takes_entries": competition.takes_entries(now) or ticket is not None,
        "now": now,
        **more,
    }
    return render(request, "submissions/enter.html", context, status=status)
