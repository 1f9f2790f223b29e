"""The pages of jurors: their rounds, the queue of a round, and one entry of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from competitions.markdown import render_markdown
from mycenas.accounts.access import signed_in
from mycenas.core.http.errors import ProblemError
from mycenas.imaging.rendering import WIDTHS
from mycenas.staff.kept_words import bring_back, keeps_words
from mycenas.staff.saving import refusal_of
from submissions.judging import rankings, scoring
from submissions.judging.access import (
    declared_or_404,
    pair_or_404,
    queue_of,
    seat_or_404,
    seats_of,
)
from submissions.judging.comparing import compared_with
from submissions.judging.forms import AbstainForm, ConflictForm, ScoreForm
from submissions.judging.models import Assignment, Juror
from submissions.judging.progress import next_position, progress_of
from submissions.judging.publishing.inputs import draw_of
from submissions.judging.ranking_form import RankingForm
from submissions.judging.scoring import Saved
from submissions.judging.states import RANKED, RoundState
from submissions.judging.states import AssignmentState as A
from submissions.pictures import with_renditions

FORMS = ["GET", "HEAD", "POST"]


@never_cache
@login_required
@require_safe
def rounds(request: HttpRequest) -> HttpResponse:
    """The juror's rounds, with what waits in each."""
    seats = list(seats_of(request.user))
    # Jurors come here from their sign-in; the header of their pages then leads back.
    if bool(seats) != request.session.get("judges", False):
        request.session["judges"] = bool(seats)
    shown = [
        (seat, progress_of(list(queue_of(seat).values_list("state", flat=True))))
        for seat in seats
    ]
    return render(request, "judging/rounds.html", {"seats": shown})


@never_cache
@login_required
@require_safe
def queue(request: HttpRequest, number: int) -> HttpResponse:
    """All entries of the juror's queue; before that, the rules to accept."""
    seat = seat_or_404(request.user, number)
    pairs = list(queue_of(seat)) if seat.accepted_at else []
    return _queue(request, seat, pairs, _ranking_form(seat, pairs))


@never_cache
@require_http_methods(FORMS)
@keeps_words
@login_required
def ranking(request: HttpRequest, number: int) -> HttpResponse:
    """POST saves the places of all entries; GET shows the queue with its form."""
    seat = seat_or_404(request.user, number)
    pairs = list(queue_of(seat))
    lost = _came_back(request)
    form = _ranking_form(seat, pairs, request.POST or None)
    if form is None or not seat.accepted_at:
        raise Http404
    if request.method != "POST" or lost or not form.is_valid():
        return _queue(request, seat, pairs, form)
    try:
        counts = rankings.save_ranking(seat, form.places, after=form.after)
    except (ProblemError, IntegrityError) as error:
        form.add_error(None, str(refusal_of(error).sentence))
        return _queue(request, seat, pairs, form)
    if counts:
        messages.success(request, _("Saved your ranking."))
    else:
        words = _("Saved. Your ranking counts once each entry has a place.")
        messages.warning(request, words)
    return redirect("judging:queue", seat.round_id)


def _ranking_form(
    seat: Juror, pairs: list[Assignment], sent: QueryDict | None = None
) -> RankingForm | None:
    if seat.round.method not in RANKED or not pairs:
        return None
    return RankingForm(sent, pairs=pairs, saved=rankings.places_of(seat))


def _queue(
    request: HttpRequest,
    seat: Juror,
    pairs: list[Assignment],
    form: RankingForm | None,
) -> HttpResponse:
    with_renditions([pair.submission for pair in pairs])
    context = {
        **_about(seat, is_sent=bool(form and form.is_bound)),
        "form": form,
        "pairs": pairs,
        "progress": progress_of([pair.state for pair in pairs]),
        "next": next_position(pairs, 0),
        "rules": render_markdown(seat.round.rules),
        "drawn": draw_of(seat.round, "queues"),
    }
    return render(request, "judging/queue.html", context)


@require_http_methods(FORMS)
@login_required
def accept(request: HttpRequest, number: int) -> HttpResponse:
    """POST accepts the rules; all lead to the queue, also after a sign-in."""
    seat = seat_or_404(request.user, number)
    if request.method == "POST":
        scoring.accept_rules(seat)
    return redirect("judging:queue", number)


@never_cache
@require_http_methods(FORMS)
@keeps_words
@login_required
def entry(request: HttpRequest, number: int, position: int) -> HttpResponse:
    """GET shows one entry with what is saved, POST saves and leads to the next."""
    seat, pair = pair_or_404(request.user, number, position)
    lost = _came_back(request)
    saved = scoring.saved_for(pair)
    other = compared_with(seat, pair, saved)
    compared = (pair, other) if other else None
    sent = request.POST or None
    form = ScoreForm(sent, this=seat.round, saved=saved, compared=compared)
    if request.method != "POST" or lost or not form.is_valid():
        return _page(request, seat, pair, saved, score=form)
    return _act(request, seat, pair, form)


def _act(
    request: HttpRequest, seat: Juror, pair: Assignment, form: ScoreForm
) -> HttpResponse:
    try:
        scoring.save(pair, form.given, after=form.versions, remarks=form.remarks)
    except (ProblemError, IntegrityError) as error:
        form.add_error(None, str(refusal_of(error).sentence))
        return _page(request, seat, pair, scoring.saved_for(pair), score=form)
    if pair.state != A.SCORED and seat.round.method not in RANKED:
        words = _("Saved “%(entry)s”. It counts once all points are given.")
        messages.warning(request, words % {"entry": pair.submission.title})
        return redirect("judging:entry", seat.round_id, pair.position)
    words = _("Saved “%(entry)s”.")
    messages.success(request, words % {"entry": pair.submission.title})
    return _onwards(seat, pair)


@never_cache
@require_http_methods(FORMS)
@keeps_words
@login_required
def abstain(request: HttpRequest, number: int, position: int) -> HttpResponse:
    """Do not judge the entry, with a reason."""
    seat, pair = pair_or_404(request.user, number, position)
    lost = _came_back(request)
    form = AbstainForm(request.POST or None)
    if request.method == "POST" and not lost and form.is_valid():
        try:
            scoring.abstain(pair, reason=form.cleaned_data["reason"])
        except (ProblemError, IntegrityError) as error:
            form.add_error(None, str(refusal_of(error).sentence))
        else:
            words = _("You abstain from “%(entry)s”.")
            messages.success(request, words % {"entry": pair.submission.title})
            return _onwards(seat, pair)
    return _ask(request, seat, pair, form, _("Abstain"))


@never_cache
@require_http_methods(FORMS)
@keeps_words
@login_required
def conflict(request: HttpRequest, number: int, position: int) -> HttpResponse:
    """Declare a conflict of interest with the entry."""
    # The same form may come twice.
    find = declared_or_404 if request.method == "POST" else pair_or_404
    seat, pair = find(request.user, number, position)
    lost = _came_back(request)
    form = ConflictForm(request.POST or None)
    if request.method == "POST" and not lost and form.is_valid():
        kind, reason = form.cleaned_data["kind"], form.cleaned_data["explanation"]
        by = signed_in(request)
        try:
            scoring.declare_conflict(pair, kind=kind, reason=reason, by=by)
        except (ProblemError, IntegrityError) as error:
            form.add_error(None, str(refusal_of(error).sentence))
        else:
            words = _("The conflict with “%(entry)s” is stored; you do not judge it.")
            messages.success(request, words % {"entry": pair.submission.title})
            return _onwards(seat, pair)
    return _ask(request, seat, pair, form, _("Declare a conflict of interest"))


def _came_back(request: HttpRequest) -> bool:
    """Whether the words of a form came back that was sent after the session ended."""
    if lost := bring_back(request):
        messages.warning(request, lost)
    return bool(lost)


def _page(
    request: HttpRequest,
    seat: Juror,
    pair: Assignment,
    saved: Saved,
    *,
    score: ScoreForm,
) -> HttpResponse:
    pairs = list(queue_of(seat))
    places = [one.position for one in pairs]
    if pair.position not in places:
        raise Http404
    at = places.index(pair.position)
    other = compared_with(seat, pair, saved)
    with_renditions([one.submission for one in (pair, other) if one])
    context = {
        **_about(seat, is_sent=score.is_bound),
        "pair": pair,
        "entry": pair.submission,
        "other": other,
        "is_ranked": seat.round.method in RANKED,
        "saved": saved,
        "form": score,
        "largest": pair.submission.picture_url(max(WIDTHS)),
        "given": _given(score),
        "number_here": at + 1,
        "before": places[at - 1] if at else None,
        "behind": places[at + 1] if at + 1 < len(places) else None,
        "progress": progress_of([one.state for one in pairs]),
    }
    return render(request, "judging/entry.html", context)


def _ask(
    request: HttpRequest, seat: Juror, pair: Assignment, form: forms.Form, title: Any
) -> HttpResponse:
    context = {**_about(seat), "pair": pair, "form": form, "title": title}
    return render(request, "judging/ask.html", context)


def _given(form: ScoreForm) -> list[tuple[Any, Any]]:
    """What is saved, for a page without the form."""
    fields = [(one.label, one.initial) for one in form.visible_fields()]
    return [(label, value) for label, value in fields if value not in ("", None)]


def _about(seat: Juror, *, is_sent: bool = False) -> dict[str, Any]:
    """What all pages of a round show; a form that was refused stays to be read."""
    this = seat.round
    is_open = this.state == RoundState.OPEN and seat.absent_since is None
    return {
        "seat": seat,
        "round": this,
        "competition": this.competition,
        "is_open": is_open or is_sent,
    }


def _onwards(seat: Juror, pair: Assignment) -> HttpResponse:
    pairs = list(queue_of(seat))
    if seat.round.method in RANKED:
        # Nothing is scored on the pages of the entries: one after the other is shown.
        behind = (one.position for one in pairs if one.position > pair.position)
        position = next(behind, None)
    else:
        position = next_position(pairs, pair.position)
    if position is None:
        return redirect("judging:queue", seat.round_id)
    return redirect(reverse("judging:entry", args=[seat.round_id, position]))
