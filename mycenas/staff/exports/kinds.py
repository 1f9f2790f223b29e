"""What can be exported: kinds of rows, which apps register in ``AppConfig.ready()``.

This package knows none of them. Names of kinds and columns are part of files that
people process with programs of their own, so they are never translated or renamed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db.models import Model, QuerySet

from mycenas.accounts.models import STAFF_ROLES, Role, User
from mycenas.staff.dashboard import Text
from mycenas.staff.exports.archives import Member
from mycenas.staff.exports.models import Export

Filters = Mapping[str, str]


class Content(Enum):
    """How a column is written: see `mycenas.staff.exports.cells`."""

    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"


@dataclass(frozen=True)
class Column:
    """A column of a file; ``value`` is a field, a path or an expression of the rows.

    Only people with one of ``roles`` in the scope's row get it.
    """

    name: str
    value: Any
    content: Content = Content.TEXT
    roles: tuple[Role, ...] = STAFF_ROLES


@dataclass(frozen=True)
class Exhibit:
    """A row in a pack for a jury: its texts, and its picture in the storage or ''."""

    title: str
    category: str
    description: str
    alternative: str
    picture: str
    size: int
    width: int
    height: int


# Returns the rows with these references that can still be shown.
Exhibits = Callable[[Iterable[str]], Mapping[str, Exhibit]]


def always(row: Model | None, by: User) -> Text | None:
    """For kinds that all people with the roles may export."""
    return None


def everything(rows: QuerySet[Any], filters: Filters, by: User) -> QuerySet[Any]:
    """For kinds without filters."""
    return rows


def no_words(filters: Filters) -> list[Text]:
    return []


def all_known(filters: Filters) -> Text | None:
    return None


def no_filters(query: Filters) -> Filters:
    return {}


@dataclass(frozen=True)
class Kind:
    """Rows of a scope that people with one of ``roles`` there may export.

    ``scopes`` are fields of scopes (`mycenas.accounts.scopes`); '' stands for the whole
    site, which only superusers export. ``rows`` returns the rows of a scope's row, or
    of None for the site, in the order of their keys, as a person may see them.
    ``barred`` returns the sentence that says why a person may not export them, whatever
    the role. ``narrow`` applies filters for that person, whose
    names are ``filters``, and ``words`` says them to people; ``why_not`` returns the
    sentence that refuses unknown or endless ones.

    A kind with ``members`` is an archive of stored files, not a table; its columns name
    what it shows. One with ``exhibits`` is a pack of numbered pages, see
    `mycenas.staff.exports.packs`: they are looked up by reference, which is the value
    of the first column. Those with a smaller ``rank`` are offered first.

    ``model`` is the model whose list in the admin leads to the export; ``listed``
    translates the query of that list to the query of the export's form: filters, and
    "of" if the list shows one scope's row; None if the form has no such filters.
    """

    name: str
    label: Text
    scopes: tuple[str, ...]
    rows: Callable[[Model | None, User], QuerySet[Any]]
    columns: tuple[Column, ...]
    roles: tuple[Role, ...] = (Role.ORGANIZER,)
    barred: Callable[[Model | None, User], Text | None] = always
    narrow: Callable[[QuerySet[Any], Filters, User], QuerySet[Any]] = everything
    words: Callable[[Filters], list[Text]] = no_words
    why_not: Callable[[Filters], Text | None] = all_known
    filters: tuple[str, ...] = ()
    rank: int = 0
    members: Callable[[QuerySet[Any]], Iterator[Member]] | None = None
    exhibits: Exhibits | None = None
    model: type[Model] | None = None
    listed: Callable[[Filters], Filters | None] = no_filters

    @property
    def formats(self) -> tuple[Export.Format, ...]:
        if self.members or self.exhibits:
            return (Export.Format.ZIP,)
        return (Export.Format.CSV, Export.Format.XLSX)

    def known(self, values: Filters) -> dict[str, str]:
        """Those of the values that are filters of this kind, without empty ones."""
        return {name: values[name] for name in self.filters if values.get(name)}


_kinds: dict[str, Kind] = {}


def add_kind(*several: Kind) -> None:
    """Register what can be exported."""
    _kinds.update({kind.name: kind for kind in several})


def kinds() -> list[Kind]:
    return sorted(_kinds.values(), key=lambda kind: kind.rank)


def kind_named(name: str) -> Kind | None:
    return _kinds.get(name)
