"""What waits in the entries: cards, and what keeps a competition from its next step.

Numbers per competition come from the index `submission_by_state` and are counted up to
a limit, so the first page costs the same with a thousand entries and with a million.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from competitions.models import Competition, Prize
from competitions.states import CompetitionState as C
from mycenas.core.db import database
from mycenas.core.db.database import DatabaseNow
from mycenas.core.templatetags.ui import age
from mycenas.staff.dashboard import (
    Card,
    Point,
    counted,
    in_words,
    list_address,
    rows_of,
)
from submissions.models import Award, Submission
from submissions.review.finding import DECIDABLE, REQUESTED
from submissions.states import SubmissionState as S

# What keeps a competition from closing. Each is a range of `submission_by_state`, read
# up to the limit; with one condition for all of them every entry would be read.
WAITING = {
    "to_review": Q(state=S.PENDING) & ~REQUESTED,
    "changes": Q(state=S.PENDING) & REQUESTED,
    "held": Q(state=S.QUARANTINED),
    "in_check": Q(state__in=(S.RECEIVED, S.PROCESSING)),
    "uploading": Q(state=S.RESERVED, upload_until__gte=DatabaseNow()),
}
TAKING = (C.OPEN, C.MODERATION)


def _with_numbers(
    request: HttpRequest, rows: QuerySet[Submission]
) -> QuerySet[Competition]:
    here = rows.filter(competition=OuterRef("pk"))
    to_review = here.filter(WAITING["to_review"])
    entries: Any = admin.site.get_model_admin(Submission)
    mine = Competition.objects.filter(pk__in=entries.scope_keys(request))
    return mine.filter(state__in=TAKING, cancelled_at=None).annotate(
        oldest=Subquery(to_review.order_by("pk").values("arrived_at")[:1]),
        **{name: counted(here.filter(which)) for name, which in WAITING.items()},
    )


def cards(request: HttpRequest) -> list[Card]:
    """The review, what is held, and what is late, without the person's own entries."""
    rows = rows_of(request, Submission)
    if rows is None:
        return []
    now = database.now()
    waiting: list[Any] = list(
        _with_numbers(request, rows.exclude(participant=request.user.pk))
    )
    late = [one for one in waiting if one.closes_at and one.closes_at <= now]
    to_review = sum(one.to_review for one in waiting)
    held = sum(one.held for one in waiting)
    undecided = sum(getattr(one, name) for one in late for name in WAITING)
    return [
        Card(
            in_words(to_review),
            ngettext("entry to review", "entries to review", to_review),
            reverse("admin:submissions_submission_queue"),
            _oldest(waiting, now),
            waits=to_review > 0,
        ),
        Card(
            in_words(held),
            ngettext("entry held", "entries held", held),
            list_address(Submission, queue="held", **DECIDABLE),
            _("Their files have a problem."),
            waits=held > 0,
        ),
        Card(
            in_words(undecided),
            ngettext("entry undecided", "entries undecided", undecided),
            list_address(Submission, queue="late", **DECIDABLE),
            _("The deadline of their competition has passed."),
            # The others wait for their artists, or for a check.
            waits=any(one.to_review or one.held for one in late),
        ),
    ]


def _oldest(waiting: list[Any], now: datetime) -> str:
    arrived = min((one.oldest for one in waiting if one.oldest), default=None)
    if arrived is None:
        return ""
    sentence = gettext("The oldest arrived %(time)s ago.")
    return sentence % {"time": age(now - arrived)}


# --- what keeps a competition from its next step


def checks(request: HttpRequest, competitions: list[Any]) -> dict[int, list[Point]]:
    in_state: dict[str, list[int]] = {}
    for one in competitions:
        if not one.is_cancelled:
            in_state.setdefault(one.state, []).append(one.pk)
    found = _awards_missing(in_state.get(C.CLOSED, []))
    rows, moderated = rows_of(request, Submission), in_state.get(C.MODERATION, [])
    if rows is not None and moderated:
        waiting = _with_numbers(request, rows).filter(pk__in=moderated)
        found.update({one.pk: _undecided(one) for one in waiting})
    return found


def _undecided(competition: Any) -> list[Point]:
    n = {name: getattr(competition, name) for name in WAITING}
    sentences = {
        "to_review": ngettext(
            "%(n)s entry waits for a decision.",
            "%(n)s entries wait for a decision.",
            n["to_review"],
        ),
        "changes": ngettext(
            "%(n)s entry waits for a changed version of its artist.",
            "%(n)s entries wait for changed versions of their artists.",
            n["changes"],
        ),
        "held": ngettext(
            "%(n)s entry is held: its file has a problem.",
            "%(n)s entries are held: their files have a problem.",
            n["held"],
        ),
        "in_check": ngettext(
            "%(n)s entry is being checked.",
            "%(n)s entries are being checked.",
            n["in_check"],
        ),
        "uploading": ngettext(
            "%(n)s entry may still get its file.",
            "%(n)s entries may still get their files.",
            n["uploading"],
        ),
    }
    return [
        Point(sentence % {"n": in_words(n[name])}, _where(competition, name))
        for name, sentence in sentences.items()
        if n[name]
    ]


def _where(competition: Any, waiting: str) -> str:
    """The page with the entries of the competition that wait in this way."""
    if waiting == "to_review":
        queue = reverse("admin:submissions_submission_queue")
        return f"{queue}?{urlencode({'competition': competition.pk})}"
    part = waiting if waiting in ("held", "changes") else "undecided"
    here = {"competition__id__exact": competition.pk}
    return list_address(Submission, **here, queue=part)


def _awards_missing(closed: list[int]) -> dict[int, list[Point]]:
    """Closed competitions without an award, or with prizes that nobody has."""
    if not closed:
        return {}
    standing = Award.objects.standing()
    rows = (
        Competition.objects.filter(pk__in=closed)
        .annotate(
            has_award=Exists(standing.filter(competition=OuterRef("pk"))),
            left=Coalesce(
                Subquery(
                    Prize.objects.filter(competition=OuterRef("pk"))
                    .exclude(Exists(standing.filter(prize=OuterRef("pk"))))
                    .order_by()
                    .values("competition")
                    .annotate(number=Count("pk"))
                    .values("number")
                ),
                0,
            ),
        )
        .values_list("pk", "has_award", "left")
    )
    return {pk: _prizes(pk, has_award, left) for pk, has_award, left in rows}


def _prizes(pk: int, has_award: bool, left: int) -> list[Point]:
    accepted = list_address(
        Submission, queue=S.APPROVED.value, competition__id__exact=pk
    )
    if not has_award:
        return [Point(_("No prize is given yet. Give one to an entry."), accepted)]
    if not left:
        return []
    sentence = ngettext("%d prize is not given.", "%d prizes are not given.", left)
    return [Point(sentence % left, accepted, blocks=False)]
