"""The reasons that a moderator may choose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.utils.translation import get_language

from competitions.models import Competition
from submissions.review.reasons.models import Reason


class ReasonChoice(NamedTuple):
    """A reason in the language of the page; ``key`` chooses it after ``r``."""

    key: str
    code: str
    text: str


def reasons_for(competition: Competition) -> list[ReasonChoice]:
    """The reasons in use of the competition's organization, in their order."""
    return reasons_of([competition.organization_id])


def reasons_of(organizations: Iterable[int]) -> list[ReasonChoice]:
    """The reasons of the first organization whose codes all of them use."""
    return common(reasons_by_owner(organizations))


def reasons_by_owner(
    organizations: Iterable[int],
) -> dict[int, dict[str, ReasonChoice]]:
    """The reasons in use of each organization, in their order, by code."""
    language = get_language() or ""
    found: dict[int, dict[str, ReasonChoice]] = {pk: {} for pk in organizations}
    for one in Reason.objects.in_use().filter(organization__in=found):
        choice = ReasonChoice(one.key, one.code, one.text_in(language))
        found[one.organization_id][one.code] = choice
    return found


def common(reasons: Mapping[int, Mapping[str, ReasonChoice]]) -> list[ReasonChoice]:
    """The reasons of the first organization whose codes all of them use."""
    if not reasons:
        return []
    first, *others = reasons.values()
    return [
        choice
        for code, choice in first.items()
        if all(code in other for other in others)
    ]
