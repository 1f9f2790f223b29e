"""Why a person can or cannot see a public page; apps register theirs by view name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.urls import ResolverMatch

from mycenas.accounts.models import User
from mycenas.staff.explain import Text

Person = User | AnonymousUser


def nothing(obj: Any) -> Iterable[Text]:
    return ()


@dataclass(frozen=True)
class PublicPage:
    """A page about one object, which ``find`` returns for the words of its address.

    ``hidden`` says why a person does not see the page, ``left_out`` what the page shows
    to none of its visitors yet. ``scope_lookup`` is the field of the object that leads
    to its row of a scope; 'pk' stands for the object itself.
    """

    find: Callable[..., Model | None]
    hidden: Callable[[Person, Any], Iterable[Text]]
    left_out: Callable[[Any], Iterable[Text]] = nothing
    scope_lookup: str = "pk"


@dataclass(frozen=True)
class PublicSubject:
    """An object, and its public page that is asked about."""

    page: PublicPage
    obj: Any
    verb: None = None

    @property
    def row(self) -> Model:
        """The row of a scope whose organizers may ask."""
        lookup = self.page.scope_lookup
        found: Model = self.obj if lookup == "pk" else getattr(self.obj, lookup)
        return found

    def hidden(self, person: Person) -> list[Text]:
        return list(self.page.hidden(person, self.obj))

    def left_out(self) -> list[Text]:
        return list(self.page.left_out(self.obj))


_pages: dict[str, PublicPage] = {}


def add_public_pages(pages: Mapping[str, PublicPage]) -> None:
    """Register pages by the names of their views, as ``reverse`` takes them."""
    _pages.update(pages)


def public_subject(match: ResolverMatch) -> PublicSubject | None:
    """What the page at an address is about; None for other pages and other objects."""
    page = _pages.get(match.view_name)
    obj = page.find(**match.kwargs) if page else None
    return PublicSubject(page, obj) if page and obj else None
