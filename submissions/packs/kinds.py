"""Accepted entries as numbered pages for a jury, without anything of their artists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.staff.exports.kinds import Column, Exhibit, Kind
from submissions.models import Rendition, Submission
from submissions.states import SubmissionState

NO_PICTURE = ("", 0, 0, 0)


def accepted(row: Model | None, by: User) -> QuerySet[Any]:
    """The entries that a jury judges, of a competition."""
    of = {"competition": row}
    return Submission.objects.filter(**of, state=SubmissionState.APPROVED).order_by(
        "pk"
    )


def exhibits(references: Iterable[str]) -> dict[str, Exhibit]:
    """The entries that are still accepted, each with its largest picture."""
    entries = Submission.objects.filter(
        public_id__in=references, state=SubmissionState.APPROVED
    )
    pictures: dict[int, tuple[str, int, int, int]] = {
        pk: (name, size, width, height)
        for pk, name, size, width, height in Rendition.objects.filter(
            submission__in=entries
        )
        .order_by("width_class")
        .values_list("submission", "name", "size", "width", "height")
    }
    rows = entries.values_list(
        "pk", "public_id", "title", "category__name", "description", "alt_text"
    )
    return {
        reference: Exhibit(
            title,
            category or "",
            description,
            alternative,
            *pictures.get(pk, NO_PICTURE),
        )
        for pk, reference, title, category, description, alternative in rows
    }


JURY_PACK = Kind(
    name="jury_pack",
    label=_("jury pack"),
    scopes=("competition",),
    rows=accepted,
    columns=(Column("reference", "public_id"),),
    exhibits=exhibits,
)
