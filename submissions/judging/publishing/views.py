"""The results of jury rounds: for everybody once published, for organizers before."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from competitions.access import organizes, visible_or_404
from competitions.models import Competition
from mycenas.accounts.access import signed_in
from mycenas.core.http.returning import acts
from mycenas.core.text import KEY
from submissions.judging.counting.methods import packed
from submissions.judging.publishing import workflow
from submissions.judging.publishing.awards import unranked_winners
from submissions.judging.publishing.queues import queue_document
from submissions.judging.publishing.standings import Standing, standings_of
from submissions.judging.states import RoundState

PAGE_SIZE = 100
SHOWN_OF_EACH = 10


@require_safe
def results(request: HttpRequest, slug: str) -> HttpResponse:
    """The rounds of a competition with the first places of each."""
    competition = visible_or_404(request.user, slug)
    context = {
        "competition": competition,
        "standings": _visible(request, competition),
        "most": SHOWN_OF_EACH,
        "unranked": unranked_winners(competition),
    }
    return render(request, "judging/results.html", context)


@require_safe
def result(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One round: ranking, scores, how they were counted, and how to count again."""
    competition = visible_or_404(request.user, slug)
    standing = _standing_or_404(request, competition, number)
    first = _first(request)
    places = standing.places[first - 1 : first - 1 + PAGE_SIZE]
    context = {
        "competition": competition,
        "standing": standing,
        "places": places,
        "first": first,
        "next": first + PAGE_SIZE if len(standing.places) >= first + PAGE_SIZE else 0,
        "is_published": standing.round.state == RoundState.PUBLISHED,
    }
    return render(request, "judging/result.html", context)


@require_safe
def package(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """``results.zip``: the sealed documents and the programs that check them."""
    competition = visible_or_404(request.user, slug)
    standing = _standing_or_404(request, competition, number)
    sealed = standing.result
    queues = queue_document(standing.round, standing.inputs["entries"])
    data = packed(bytes(sealed.inputs), bytes(sealed.ranking), queues)
    response = HttpResponse(data, content_type="application/zip")
    name = f"{competition.slug}-round-{number}-results.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _page(slug: str, number: int) -> str:
    return reverse("submissions:result", args=[slug, number])


@acts(_page)
def publish(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Make the result of a closed round public."""
    competition = visible_or_404(request.user, slug)
    standing = _standing_or_404(request, competition, number)
    workflow.publish(standing.round, by=signed_in(request))
    messages.success(request, _("The result is public now."))
    return redirect(_page(slug, number))


def _visible(request: HttpRequest, competition: Competition) -> list[Standing]:
    """Without those of a cancelled competition, whose entries are not public."""
    if competition.is_cancelled:
        return []
    may_see = organizes(request.user, competition)
    return standings_of(competition, with_closed=may_see)


def _standing_or_404(
    request: HttpRequest, competition: Competition, number: int
) -> Standing:
    found = [one for one in _visible(request, competition) if one.round.pk == number]
    if not found:
        raise Http404
    return found[0]


def _first(request: HttpRequest) -> int:
    """The line of the ranking that the page begins with."""
    given = request.GET.get("from", "1")
    if not KEY.fullmatch(given):
        raise Http404
    return max(int(given), 1)
