"""Why a person does not see the public pages of entries, or enters nothing there."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from competitions import public as competitions
from competitions.models import Competition
from mycenas.core.db import database
from mycenas.staff.explain import Text
from mycenas.staff.explain_public import Person, PublicPage
from submissions.models import Submission
from submissions.states import SubmissionState as S


def find(public_id: str) -> Submission | None:
    rows = Submission.objects.select_related("competition")
    return rows.filter(public_id=public_id).first()


def hidden(person: Person, entry: Submission) -> Iterator[Text]:
    """The same for everybody: artists and moderators have other pages."""
    if Submission.objects.in_gallery().filter(pk=entry.pk).exists():
        return
    if entry.competition.is_cancelled:
        yield _("The competition is cancelled: its entries are not public.")
    if entry.state != S.APPROVED:
        sentence = _(
            "Only accepted entries are public; the state is “%(state)s”. Its artist "
            "has a receipt, and moderators see it on the desk."
        )
        yield sentence % {"state": entry.get_state_display()}
    elif not entry.competition.is_cancelled:
        yield _("It was accepted just now, and is public once that cannot be undone.")


def not_entered(person: Person, competition: Competition) -> Iterator[Text]:
    """Why the person does not see the page, or enters nothing on it."""
    yield from competitions.hidden(person, competition)
    if competition.is_cancelled:
        yield _("The competition is cancelled: it takes no entries.")
    elif not competition.takes_entries(database.now()):
        yield _("The competition takes no entries now; its dates are on its page.")
    if not person.is_authenticated:
        yield _("To enter a work one signs in.")


PAGES = {
    "submissions:gallery": competitions.PAGE,
    "submissions:books": PublicPage(competitions.find, competitions.hidden),
    "submissions:enter": PublicPage(competitions.find, not_entered),
    "submissions:entry": PublicPage(
        find,
        hidden,
        lambda entry: competitions.left_out(entry.competition),
        "competition",
    ),
}
