"""Why a person does not see the public pages of a competition."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from competitions.access import is_visible
from competitions.models import Competition
from competitions.states import CompetitionState as S
from mycenas.staff.explain import Text
from mycenas.staff.explain_public import Person, PublicPage


def find(slug: str) -> Competition | None:
    return Competition.objects.filter(slug=slug).first()


def hidden(person: Person, competition: Competition) -> Iterator[Text]:
    if not is_visible(person, competition):
        sentence = _(
            "“%(thing)s” is a draft: its organizers and moderators see it, everybody "
            "else once it is open."
        )
        yield sentence % {"thing": competition}


def left_out(competition: Competition) -> Iterator[Text]:
    """What its page and its gallery show to no visitor yet."""
    if competition.is_cancelled:
        yield _("The competition is cancelled: its entries are not public.")
    else:
        yield _("Entries are shown once they are accepted.")
    if competition.state != S.WINNER_ANNOUNCED:
        yield _("Prizes are shown once the winners are announced.")
    if competition.is_blind:
        yield _("The competition is blind: its artists are not named.")


PAGE = PublicPage(find, hidden, left_out)
PAGES = {"competitions:detail": PAGE}
