"""Who sees the artists of blind competitions: decided here, and nowhere else.

Rows that are blind for a person must neither show nor find anything that names their
artist: names, addresses, names of files, and the files themselves with their metadata.
`submissions.artists` names the artists of entries by these rules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import HttpRequest

from competitions.access import competitions_of
from competitions.blind.models import Unblinding
from competitions.models import Competition
from mycenas.accounts.models import STAFF_ROLES, Role, User


def hidden_from(user: User | AnonymousUser) -> QuerySet[Competition]:
    """The blind competitions whose artists ``user`` does not see.

    Those are all but the ones that ``user`` organizes and has unblinded.
    """
    rows = Competition.objects.blind()
    if not isinstance(user, User):
        return rows
    mine = competitions_of(user, Role.ORGANIZER).values("pk")
    shown = Unblinding.objects.filter(user=user, competition__in=mine)
    return rows.exclude(pk__in=shown.values("competition"))


def without_addresses(user: User | AnonymousUser) -> QuerySet[Competition]:
    """Those that ``user`` moderates without reading the addresses of their artists."""
    organized = competitions_of(user, Role.ORGANIZER).values("pk")
    return competitions_of(user, *STAFF_ROLES).exclude(pk__in=organized)


def sees_names(user: User | AnonymousUser, competition: Competition) -> bool:
    """Whether ``user`` sees the artists of the competition."""
    if not competition.is_blind:
        return True
    return not hidden_from(user).filter(pk=competition.pk).exists()


def hidden_keys(request: HttpRequest) -> list[int]:
    """The keys of `hidden_from` for the person of the request, read once."""
    return _keys(request, "hidden_keys", hidden_from)


def unaddressed_keys(request: HttpRequest) -> list[int]:
    """The keys of `without_addresses` for the person of the request, read once."""
    return _keys(request, "unaddressed_keys", without_addresses)


def _keys(
    request: HttpRequest, name: str, rows_for: Callable[..., QuerySet[Competition]]
) -> list[int]:
    known: dict[str, Any] = vars(request)
    if name not in known:
        known[name] = list(rows_for(request.user).values_list("pk", flat=True))
    found: list[int] = known[name]
    return found
