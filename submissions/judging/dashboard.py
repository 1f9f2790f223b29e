"""Jury rounds beside the steps and on the overview of their competition."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from competitions.access import organizes
from competitions.models import Competition
from competitions.states import CompetitionState
from mycenas.staff.dashboard import Link, Panel, Point, list_address, rows_of
from submissions.judging.models import Round

NONE_YET = _("There are none yet.")
# Rounds are made once entries are decided on.
JUDGED = (CompetitionState.MODERATION, CompetitionState.CLOSED)


def checks(request: HttpRequest, competitions: list[Any]) -> dict[int, list[Point]]:
    """Rounds that keep a closed competition from announcing its winners."""
    here = [
        one.pk
        for one in competitions
        if one.state == CompetitionState.CLOSED and not one.is_cancelled
    ]
    rounds = list(Round.objects.holding().filter(competition__in=here)) if here else []
    rows = rows_of(request, Round) if rounds else None
    mine = (
        set() if rows is None else {one.pk for one in rows.filter(pk__in=_keys(rounds))}
    )
    found: dict[int, list[Point]] = defaultdict(list)
    for this in rounds:
        sentence = gettext(
            "The jury round “%(round)s” is neither published nor cancelled (%(state)s)."
        ) % {"round": this, "state": this.get_state_display()}
        address = _page(this) if this.pk in mine else ""
        found[this.competition_id].append(Point(sentence, address))
    return found


def panels(request: HttpRequest, competition: Competition) -> list[Panel]:
    """The rounds; people who run them get links to their pages."""
    rounds = list(Round.objects.filter(competition=competition).order_by("position"))
    is_now = competition.state in JUDGED and not competition.is_cancelled
    if not rounds and not is_now:
        return []
    if not organizes(request.user, competition):
        words = [f"{this}: {this.get_state_display()}" for this in rounds]
        return [Panel(_("Jury rounds"), note="; ".join(words) or NONE_YET, rank=2)]
    links = tuple(
        Link(str(this), _page(this), this.get_state_display()) for this in rounds
    )
    add = reverse("admin:judging_round_add")
    here = urlencode({"competition": competition.pk})
    acts = (Link(_("Add a jury round"), f"{add}?{here}"),) if is_now else ()
    every = Link(_("All jury rounds"), list_address(Round))
    return [Panel(_("Jury rounds"), links=links, acts=(*acts, every), rank=2)]


def _keys(rounds: list[Round]) -> list[int]:
    return [one.pk for one in rounds]


def _page(this: Round) -> str:
    return reverse("admin:judging_round_change", args=[this.pk])
