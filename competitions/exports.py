"""Whose journal belongs to the exported journal of a competition or organization."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet

from competitions.models import Category, Competition, Prize
from competitions.roles.models import CompetitionRole


def _competitions(row: Model) -> QuerySet[Any]:
    lookup = "pk" if isinstance(row, Competition) else "organization"
    return Competition.objects.filter(**{lookup: row.pk})


def _of(model: type[Model]) -> Any:
    return lambda row: model._default_manager.filter(competition__in=_competitions(row))


JOURNAL = (_competitions, _of(Category), _of(Prize), _of(CompetitionRole))
