"""What the steps of a competition do to its entries, see `mycenas.staff.effects`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import OuterRef, Q
from django.http import HttpRequest
from django.utils.translation import ngettext

from competitions.blind.access import hidden_keys
from competitions.models import Competition
from mycenas.staff.dashboard import counted, in_words
from mycenas.staff.effects import Consequence, Effect, Part, Publication
from submissions.artists import named_for
from submissions.dashboard import WAITING
from submissions.mails import ANNOUNCED, CANCELLED, first_entries
from submissions.models import Award, Submission
from submissions.states import IN_WORK
from submissions.states import SubmissionState as S

PARTS = {
    "uploading": WAITING["uploading"],
    "in_work": Q(state__in=IN_WORK),
    "accepted": Q(state=S.APPROVED),
    "rejected": Q(state=S.REJECTED),
}
Sentence = Callable[[int], str]


def _numbers(competition: Competition, *names: str) -> dict[str, int]:
    """How many entries each part has, as far as they are counted, in one statement."""
    here = Submission.objects.filter(competition=OuterRef("pk"))
    numbers = {name: counted(here.filter(PARTS[name])) for name in names}
    found: Any = Competition.objects.filter(pk=competition.pk).values(**numbers).get()
    return dict(found)


def _uploading(n: int) -> str:
    return ngettext(
        "%(n)s entry that was reserved in time may still get its file.",
        "%(n)s entries that were reserved in time may still get their files.",
        n,
    )


def _undecided(n: int) -> str:
    return ngettext("%(n)s entry stays undecided.", "%(n)s entries stay undecided.", n)


def _hidden(n: int) -> str:
    return ngettext(
        "%(n)s accepted entry leaves the gallery.",
        "%(n)s accepted entries leave the gallery.",
        n,
    )


def _accepted(n: int) -> str:
    return ngettext("%(n)s entry stays accepted.", "%(n)s entries stay accepted.", n)


def _rejected(n: int) -> str:
    return ngettext(
        "%(n)s entry stays not accepted.", "%(n)s entries stay not accepted.", n
    )


def _counting(**sentences: Sentence) -> Any:
    """A function that says how many entries each sentence is about, if any."""

    def effects(request: HttpRequest, competition: Competition) -> Iterator[Effect]:
        numbers = _numbers(competition, *sentences)
        for name, sentence in sentences.items():
            if n := numbers[name]:
                yield Effect(Part.HAPPENS, sentence(n) % {"n": in_words(n)})

    return effects


def _winners(request: HttpRequest, competition: Competition) -> Iterator[Consequence]:
    awards = Award.objects.standing().filter(competition=competition)
    awards = named_for(awards, hidden_keys(request), "submission__")
    rows = awards.select_related("prize", "submission")
    for award in rows.prefetch_related("submission__renditions"):
        entry = award.submission
        entry.artist_name = award.artist_name
        yield Publication(
            title=entry.caption,
            label=str(award.prize),
            detail=award.citation,
            picture=entry.rendition(320),
            description=entry.text_alternative,
        )


def _mails(competition: Competition, template: str, sentence: Sentence) -> list[Effect]:
    """How many people get a mail, as far as they are counted."""
    people = first_entries(OuterRef("pk"), template)
    here = Competition.objects.filter(pk=competition.pk)
    n: int = here.values_list(counted(people), flat=True).get()
    return [Effect(Part.MAIL, sentence(n) % {"n": in_words(n)})] if n else []


def _of_results(n: int) -> str:
    return ngettext(
        "%(n)s person who entered gets a mail: the prizes of the own entries, or that "
        "there is none.",
        "%(n)s people who entered get a mail: the prizes of the own entries, or that "
        "there is none.",
        n,
    )


def _of_cancellation(n: int) -> str:
    return ngettext(
        "%(n)s person who entered gets a mail with your reason.",
        "%(n)s people who entered get a mail with your reason.",
        n,
    )


def _announce(request: HttpRequest, competition: Competition) -> Iterator[Consequence]:
    yield from _winners(request, competition)
    yield from _mails(competition, ANNOUNCED, _of_results)


def _cancel(request: HttpRequest, competition: Competition) -> Iterator[Effect]:
    counts = _counting(in_work=_undecided, accepted=_hidden)
    yield from counts(request, competition)
    yield from _mails(competition, CANCELLED, _of_cancellation)


EFFECTS: dict[str, Any] = {
    "close-entries-early": _counting(uploading=_uploading),
    "begin-moderation": _counting(uploading=_uploading),
    "close": _counting(accepted=_accepted, rejected=_rejected),
    "announce": _announce,
    "cancel": _cancel,
}
