"""Whose journal belongs to the exported journal of a competition or organization."""

from __future__ import annotations

from django.db.models import Model, Q

from competitions.blind.models import Unblinding
from competitions.models import Category, Competition, Prize
from competitions.roles.models import CompetitionRole
from mycenas.staff.exports.journal import Part, changes_of, keys_of


def _competitions(row: Model) -> list[int]:
    """The competitions of the scope's row, also drafts that were deleted since."""
    if isinstance(row, Competition):
        return [row.pk]
    return keys_of(Competition, "organization", [row.pk])


def _itself(row: Model) -> Q:
    return Q(table_name=Competition._meta.db_table, row_id__in=_competitions(row))


def _of(model: type[Model]) -> Part:
    return lambda row: changes_of(model, "competition", _competitions(row))


JOURNAL = (_itself, _of(Category), _of(Prize), _of(CompetitionRole), _of(Unblinding))
