"""Entries as rows of an export, see `mycenas.staff.exports`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, F, Min, Model, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from competitions.blind.access import hidden_from, sees_names
from competitions.models import Competition
from mycenas.accounts.models import STAFF_ROLES, Role, User
from mycenas.imaging.formats import FORMATS
from mycenas.staff.dashboard import Text
from mycenas.staff.exports.archives import Member
from mycenas.staff.exports.journal import (
    Part,
    Veiled,
    changes_of_rows,
)
from mycenas.staff.exports.kinds import Column, Content, Kind
from submissions.artists import entry_is_in, named_for, unless
from submissions.models import NAMING, Submission
from submissions.review.export_filters import listed, narrow, why_not, words_of
from submissions.review.metadata import cells
from submissions.states import SubmissionState

# Files of an archive that are looked up together.
AT_ONCE = 500
# Only organizers get addresses of people.
ORGANIZERS = (Role.ORGANIZER,)


def of_scope(row: Model | None) -> str:
    """The lookup from an entry to the scope's row."""
    return (
        "competition" if isinstance(row, Competition) else "competition__organization"
    )


def entries(row: Model | None) -> QuerySet[Any]:
    return Submission.objects.filter(**{of_scope(row): row}).order_by("pk")


def named_entries(row: Model | None, by: User) -> QuerySet[Any]:
    """The same with what names their artists, '' where those are hidden from ``by``."""
    hidden = keys_hidden(by)
    file_name = unless(entry_is_in(hidden), F("original_name"))
    named = named_for(entries(row), hidden)
    found: QuerySet[Any] = named.annotate(file_name=file_name)
    return found


def described_entries(row: Model | None, by: User) -> QuerySet[Any]:
    """The same with what their files say of themselves, hidden like the artists."""
    metadata = cells(entry_is_in(keys_hidden(by)))
    found: QuerySet[Any] = named_entries(row, by).annotate(**metadata)
    return found


def mails_of_entries(row: Model) -> Q:
    """The mails to artists about the entries of a scope's row."""
    return Q(about__in=entries(row).order_by().values("pk"))


def keys_hidden(by: User) -> list[int]:
    return list(hidden_from(by).values_list("pk", flat=True))


def _reference_of(field: str) -> Subquery:
    """The reference of another entry, looked up for the few rows that name one."""
    other = Submission.objects.filter(pk=OuterRef(field))
    return Subquery(other.values("public_id"))


def while_blind(row: Model | None, by: User) -> Text | None:
    """Why ``by`` does not export the artists or files of one blind competition."""
    is_hidden = isinstance(row, Competition) and not sees_names(by, row)
    return ARTISTS_HIDDEN if is_hidden else None


ARTISTS_HIDDEN = _(
    "This competition is blind: its artists are hidden from you, and so are their "
    "files. An organizer may have them shown, with a reason, on the page of the "
    "competition."
)
ENTRIES = Kind(
    name="entries",
    label=_("entries"),
    scopes=("competition", "organization"),
    rows=described_entries,
    roles=STAFF_ROLES,
    narrow=narrow,
    words=words_of,
    why_not=why_not,
    filters=("state", "search"),
    model=Submission,
    listed=listed,
    columns=(
        Column("reference", "public_id"),
        Column("competition", "competition__slug"),
        Column("category", "category__name"),
        Column("state", "state"),
        Column("title", "title"),
        Column("description", "description"),
        Column("alternative_text", "alt_text"),
        Column("artist", "artist_name"),
        Column("artist_email", "artist_email", roles=ORGANIZERS),
        Column("arrived_at", "arrived_at", Content.MOMENT),
        Column("received_at", "received_at", Content.MOMENT),
        Column("file_name", "file_name"),
        Column("size", "size", Content.NUMBER),
        Column("sha256", "sha256"),
        Column("media_type", "media_type"),
        Column("width", "width", Content.NUMBER),
        Column("height", "height", Content.NUMBER),
        Column("problem", "fault"),
        Column("decided_at", "decided_at", Content.MOMENT),
        Column("decided_by", "decided_by__name"),
        Column("decision_reason", "decision_reason"),
        Column("decision_code", "decision_code"),
        Column("withdrawn_at", "withdrawn_at", Content.MOMENT),
        Column("replaces", _reference_of("replaces")),
        *(Column(name, name) for name in cells(None)),
    ),
)


def artists(row: Model | None, by: User) -> QuerySet[Any]:
    """People whose entries were acknowledged, with how many.

    Entries to competitions whose artists are hidden from ``by`` are left out.
    """
    scope = "pk" if isinstance(row, Competition) else "organization"
    of = Competition.objects.filter(**{scope: row and row.pk})
    shown = of.exclude(pk__in=hidden_from(by)).values("pk")
    received = Q(
        submissions__competition__in=shown, submissions__received_at__isnull=False
    )
    accepted = received & Q(submissions__state=SubmissionState.APPROVED)
    return (
        User.objects.filter(received)
        .annotate(
            received=Count("submissions", filter=received),
            accepted=Count("submissions", filter=accepted),
            first_arrival=Min("submissions__arrived_at", filter=received),
        )
        .order_by("pk")
    )


PEOPLE = Kind(
    name="people",
    label=_("artists"),
    scopes=("competition", "organization"),
    rows=artists,
    barred=while_blind,
    columns=(
        Column("name", "name"),
        Column("email", "email"),
        Column("entries", "received", Content.NUMBER),
        Column("accepted", "accepted", Content.NUMBER),
        Column("first_arrival", "first_arrival", Content.MOMENT),
    ),
)


def originals(row: Model | None, by: User) -> QuerySet[Any]:
    """Entries with a file, but for those that their artists withdrew."""
    kept = named_entries(row, by).filter(received_at__isnull=False)
    return kept.exclude(state=SubmissionState.WITHDRAWN)


def members(rows: QuerySet[Any]) -> Iterator[Member]:
    """The files, named by reference; read by key, since copying may take hours."""
    facts = rows.order_by("pk").values_list(
        "pk", "public_id", "media_type", "original", "sha256", "size"
    )
    after = 0
    while batch := list(facts.filter(pk__gt=after)[:AT_ONCE]):
        for _pk, reference, media_type, original, sha256, size in batch:
            ending = FORMATS.get(media_type, "bin").lower()
            yield Member(f"{reference}.{ending}", original, sha256, size)
        after = batch[-1][0]


ORIGINALS = Kind(
    name="files",
    label=_("original files"),
    scopes=("competition",),
    rows=originals,
    barred=while_blind,
    roles=STAFF_ROLES,
    columns=(Column("reference", "public_id"),),
    narrow=narrow,
    words=words_of,
    why_not=why_not,
    filters=("state", "search"),
    members=members,
    model=Submission,
    listed=listed,
)


def journal_of_entries(row: Model) -> Q:
    return changes_of_rows(entries(row))


def journal_of_parts(model: type[Model]) -> Part:
    """The journal of rows that have a ``submission``, such as appeals."""
    rows = model._default_manager
    return lambda row: changes_of_rows(
        rows.filter(**{f"submission__{of_scope(row)}": row})
    )


def veil_of_entries() -> Veiled:
    """Hides the artists of blind competitions in the journal of their entries."""
    return _veil(Submission, "", NAMING)


def veil_of_parts(model: type[Model]) -> Veiled:
    """The same for rows that have a ``submission``: artists make some of them."""
    return _veil(model, "submission__", frozenset())


def _veil(model: type[Model], path: str, columns: frozenset[str]) -> Veiled:
    def rows(by: User) -> QuerySet[Any] | None:
        hidden = keys_hidden(by)
        found = model._default_manager.filter(**{f"{path}competition__in": hidden})
        return found if hidden else None

    return Veiled(model, rows, f"{path}participant", _("the artist"), columns)
