"""Entries to see beside one: the artist's others, the same file, similar pictures.

The page of the entry shows the first of each; the list of entries shows all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from mycenas.core.text import KEY
from mycenas.staff.dashboard import list_address
from submissions.models import Submission
from submissions.review import likeness

PARAMETER = "beside"


def others_of_artist(
    rows: QuerySet[Submission], entry: Submission
) -> QuerySet[Submission]:
    """Further entries of the artist in this competition, the newest first.

    None while the artist is hidden: they could be recognized by them.
    """
    if not entry.shows_artist:
        return rows.none()
    mates = rows.filter(competition=entry.competition_id, received_at__isnull=False)
    mates = mates.filter(participant=entry.participant_id).exclude(pk=entry.pk)
    return mates.order_by("-pk")


def same_file(rows: QuerySet[Submission], entry: Submission) -> QuerySet[Submission]:
    """Further entries with the same bytes, in all competitions that one moderates."""
    if not entry.sha256:
        return rows.none()
    same = rows.filter(sha256=entry.sha256).exclude(pk=entry.pk)
    return _naming_no_hidden(same, entry).order_by("pk")


def similar(rows: QuerySet[Submission], entry: Submission) -> QuerySet[Submission]:
    """Entries with a similar picture, the most similar first.

    Of the organization's competitions, as far as one moderates them. ``distance`` says
    in how many bits they differ.
    """
    distances = likeness.near(entry)
    if not distances:
        return rows.none()
    found = _naming_no_hidden(rows.filter(pk__in=distances), entry)
    whens = [When(pk=key, then=Value(bits)) for key, bits in distances.items()]
    distance = Case(*whens, output_field=IntegerField())
    return found.annotate(distance=distance).order_by("distance", "pk")


def _naming_no_hidden(
    rows: QuerySet[Submission], entry: Submission
) -> QuerySet[Submission]:
    """Of a hidden artist, only entries to the same competition: others may name one."""
    found: Any = rows
    if not entry.shows_artist:
        return found.filter(competition=entry.competition_id)  # type: ignore[no-any-return]
    return found.exclude(artist_name="")  # type: ignore[no-any-return]


Relation = Callable[[QuerySet[Submission], Submission], QuerySet[Submission]]
RELATIONS: dict[str, tuple[Relation, Any]] = {
    "artist": (others_of_artist, _("by the artist of “%(entry)s”")),
    "file": (same_file, _("with the file of “%(entry)s”")),
    "similar": (similar, _("similar to “%(entry)s”")),
}


def address_of(name: str, entry: Submission) -> str:
    """The list of all entries that have this relation to the entry."""
    return list_address(Submission, **{PARAMETER: f"{name}-{entry.pk}"}, queue="all")


class BesideFilter(admin.SimpleListFilter):
    """The entries beside one, where the address asks for them."""

    title = _("beside an entry")
    parameter_name = PARAMETER

    def __init__(
        self, request: HttpRequest, params: Any, model: Any, model_admin: Any
    ) -> None:
        self.rows: QuerySet[Submission] = model_admin.get_queryset(request)
        super().__init__(request, params, model, model_admin)

    @cached_property
    def asked(self) -> tuple[str, Submission] | None:
        """The relation and the entry; None for one that the person does not see."""
        name, _dash, key = str(self.value()).partition("-")
        if name not in RELATIONS or not KEY.fullmatch(key):
            return None
        entry = self.rows.filter(pk=int(key)).first()
        return (name, entry) if entry else None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The one that is asked for: it is not offered elsewhere."""
        if self.value() is None:
            return []
        if self.asked is None:
            # A choice that is never the value: the list refuses the address.
            return [("", "")]
        name, entry = self.asked
        words = RELATIONS[name][1] % {"entry": entry.title}
        return [(f"{name}-{entry.pk}", words)]

    def queryset(
        self, request: HttpRequest, rows: QuerySet[Submission]
    ) -> QuerySet[Submission]:
        if self.asked is None:
            return rows
        name, entry = self.asked
        found = RELATIONS[name][0](self.rows, entry)
        return rows.filter(pk__in=found.order_by().values("pk"))
