"""Blindness on the overview of a competition: to whom its artists were shown."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from competitions.access import organizes
from competitions.blind.access import sees_names
from competitions.blind.models import Unblinding
from competitions.blind.verbs import UNBLIND
from mycenas.accounts.access import signed_in
from mycenas.core.templatetags.ui import exact_moment
from mycenas.staff.dashboard import Link, Panel

PREFIX = "admin:competitions_competition"
NOTE = _(
    "Moderators, jurors and visitors see no names, addresses and names of files until "
    "the winners are announced; neither do organizers, unless they are listed here."
)


def panels(request: HttpRequest, competition: Any) -> list[Panel]:
    """None of a competition that is not blind; organizers see who saw the artists."""
    if not competition.blind:
        return []
    if not organizes(request.user, competition):
        return [Panel(_("Blind"), note=NOTE, rank=8)]
    rows = Unblinding.objects.filter(competition=competition).select_related("user")
    history = reverse(f"{PREFIX}_history", args=[competition.pk])
    links = [_shown_to(one, history, competition) for one in rows]
    acts = []
    if UNBLIND.offered(competition) and not sees_names(signed_in(request), competition):
        address = reverse(f"{PREFIX}_do", args=[competition.pk, UNBLIND.name])
        acts = [Link(UNBLIND.label, address)]
    return [Panel(_("Blind"), note=NOTE, links=tuple(links), acts=tuple(acts), rank=8)]


def _shown_to(one: Unblinding, history: str, competition: Any) -> Link:
    facts = {"at": exact_moment(one.at, competition.zone), "reason": one.reason}
    return Link(str(one.user), history, gettext("%(at)s: “%(reason)s”") % facts)
