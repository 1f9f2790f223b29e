"""Queries of public pages: accepted entries with renditions, and awards.

Lists read only the columns that their labels show: most of the cost of a page with
dozens of entries is the conversion of rows in Python.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import StrIndex

from competitions.models import Competition
from mycenas.core.db.compiled import compiled
from mycenas.core.db.database import DatabaseNow
from submissions.artists import named_for_all
from submissions.models import (
    SETTLED,
    Award,
    Picture,
    Rendition,
    Submission,
    SubmissionQuerySet,
)
from submissions.pictures import with_renditions
from submissions.states import SubmissionState as S

_LABEL = ("competition", "public_id", "title", "alt_text")
_AWARD = (
    "competition", "citation", "prize__name",
    *(f"submission__{name}" for name in _LABEL),
)  # fmt: skip


def entries_of(competition: Competition) -> SubmissionQuerySet:
    """The accepted entries, for `with_renditions`."""
    return _labels(Submission.objects.in_gallery().filter(competition=competition))


def _labels(rows: SubmissionQuerySet) -> SubmissionQuerySet:
    named: SubmissionQuerySet = named_for_all(rows.only(*_LABEL))
    return named


def with_sizes(entries: SubmissionQuerySet) -> SubmissionQuerySet:
    """The same as `with_renditions`, by the statement of the entries."""
    sizes = Func(
        *Picture._fields,
        template="ARRAY[%(expressions)s]",
        output_field=ArrayField(IntegerField()),
    )
    rows = Rendition.objects.filter(submission=OuterRef("pk"))
    rows = rows.order_by("width_class").values_list(sizes)
    return entries.annotate(sizes=ArraySubquery(rows))


def without_attempts(entries: SubmissionQuerySet) -> SubmissionQuerySet:
    """Leave out expired reservations that never held an entry, and led to another row.

    Either their file is that of an entry which was received, or another attempt with
    the same title followed a refused file. The receipts of all of them stay.
    """
    own = Submission.objects.filter(
        competition=OuterRef("competition"), participant=OuterRef("participant")
    )
    received = own.filter(received_at__isnull=False)
    # The refusal of a repeat names the entry that it repeats.
    repeated = received.annotate(
        named=StrIndex(OuterRef("refusal"), F("public_id"))
    ).filter(Q(named__gt=0) | Q(sha256=OuterRef("declared_sha256")))
    later = own.filter(pk__gt=OuterRef("pk"), title=OuterRef("title"))
    refused = Q(~Q(refusal=""), Exists(later.exclude(state=S.WITHDRAWN)))
    return entries.exclude(Q(state=S.EXPIRED) & (Exists(repeated) | refused))


def with_changes(entries: SubmissionQuerySet) -> SubmissionQuerySet:
    """Add what is requested to change of entries in review, and until when."""
    running = Submission.objects.filter(
        pk=OuterRef("pk"),
        state=S.PENDING,
        permits__state="open",
        permits__expires_at__gt=DatabaseNow(),
    )
    return entries.annotate(
        changes=Subquery(running.values("permits__reason")[:1]),
        changes_until=Subquery(running.values("permits__expires_at")[:1]),
    )


def newest_of(competitions: Collection[Competition]) -> dict[int, Submission]:
    """The newest accepted entry of each competition, by the competition's key."""
    if not competitions:
        return {}
    found = _newest(keys=[one.pk for one in competitions])
    return {entry.competition_id: entry for entry in found}


@compiled
def _newest(keys: Any) -> SubmissionQuerySet:
    # A range of one state makes PostgreSQL use the index by competition, state and key.
    # With equality it assumes that all competitions are alike, and scans the entries of
    # all others before it finds the last one of a competition with few entries.
    newest = Submission.objects.filter(
        SETTLED, competition=OuterRef("pk"), state__range=(S.APPROVED, S.APPROVED)
    ).order_by("-state", "-pk")
    rows = Competition.objects.filter(pk__any_of=keys)
    found = rows.values_list(Subquery(newest.values("pk")[:1]))
    return with_sizes(_labels(Submission.objects.in_gallery().filter(pk__in=found)))


def awards_of(competition: Competition) -> list[Award]:
    """The competition's awards, once they are public."""
    return awards_by_competition([competition]).get(competition.pk, [])


def awards_by_competition(
    competitions: Collection[Competition],
) -> dict[int, list[Award]]:
    """The public awards of several competitions, by the competition's key."""
    final = [one.pk for one in competitions if one.is_final]
    if not final:
        return {}
    rows = Award.objects.standing().filter(competition__in=final)
    rows = rows.select_related("prize", "submission").only(*_AWARD)
    rows = named_for_all(rows, "submission__")
    with_renditions(award.submission for award in rows)
    found: defaultdict[int, list[Award]] = defaultdict(list)
    for award in rows:
        award.submission.artist_name = award.artist_name
        found[award.competition_id].append(award)
    return dict(found)


def awards_to(entry: Submission) -> list[Award]:
    if not entry.competition.is_final:
        return []
    return list(entry.awards.standing().select_related("prize"))
