"""What the steps of a competition do, see `mycenas.staff.effects`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from competitions.models import Competition
from mycenas.core.templatetags.ui import deadline_text, moment_text
from mycenas.staff.effects import Effect, Part

PUBLIC_REASON = Effect(
    Part.HAPPENS, lazy("Everybody reads your reason on the page of the competition.")
)


def _open(request: HttpRequest, competition: Competition) -> Iterator[Effect]:
    yield Effect(Part.HAPPENS, _("Its page is public, and the home page lists it."))
    if competition.opens_at and competition.closes_at:
        sentence = _("Entries are taken from %(opens)s until %(closes)s.")
        yield Effect(
            Part.HAPPENS,
            sentence
            % {
                "opens": moment_text(competition.opens_at, competition.zone),
                "closes": deadline_text(competition.closes_at, competition.zone),
            },
        )
    yield Effect(
        Part.FINAL,
        _(
            "It does not become a draft again. Slug, time zone and opening date stay; "
            "the deadline can only move later."
        ),
    )


def _extend(request: HttpRequest, competition: Competition) -> Iterator[Effect]:
    yield PUBLIC_REASON
    yield Effect(Part.FINAL, _("The deadline does not move back."))


def _stop_early(request: HttpRequest, competition: Competition) -> Iterator[Effect]:
    if competition.closes_at:
        sentence = _("The deadline is now, instead of %(closes)s.")
        closes = deadline_text(competition.closes_at, competition.zone)
        yield Effect(Part.HAPPENS, sentence % {"closes": closes})
    yield PUBLIC_REASON
    yield from _moderate(request, competition)


def _moderate(request: HttpRequest, competition: Competition) -> Iterator[Effect]:
    yield Effect(Part.HAPPENS, _("New entries are not taken any more."))
    yield Effect(Part.FINAL, _("It does not open for entries again."))


def _close(request: HttpRequest, competition: Competition) -> Iterator[Effect]:
    yield Effect(Part.HAPPENS, _("Prizes can be given to accepted entries."))
    yield Effect(
        Part.FINAL,
        _(
            "The decisions stay: no entry is reopened, and artists do not appeal any "
            "more. Only two persons can still disqualify an entry."
        ),
    )


def _announce(request: HttpRequest, competition: Competition) -> Iterator[Effect]:
    yield Effect(
        Part.HAPPENS,
        _("The prizes stand on its page and with their entries."),
    )
    yield Effect(
        Part.FINAL,
        _("Nothing in the competition changes any more: texts, entries and prizes."),
    )


def _cancel(request: HttpRequest, competition: Competition) -> Iterator[Effect]:
    yield PUBLIC_REASON
    yield Effect(Part.HAPPENS, _("Entries are neither taken nor decided any more."))
    yield Effect(Part.FINAL, _("A cancelled competition does not go on."))


EFFECTS: dict[str, Any] = {
    "open": _open,
    "extend-deadline": _extend,
    "close-entries-early": _stop_early,
    "begin-moderation": _moderate,
    "close": _close,
    "announce": _announce,
    "cancel": _cancel,
}
