"""What a step of an object will do, shown on the page that asks for confirmation.

The apps register functions in ``AppConfig.ready()``, for a verb of a model's objects;
several apps may add to the same verb. A function gets the request and the object, and
reads a constant number of statements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils.functional import Promise

Text = str | Promise


class Part(Enum):
    """The part of the page that an effect belongs to."""

    HAPPENS = auto()
    FINAL = auto()
    MAIL = auto()


@dataclass(frozen=True)
class Effect:
    """One sentence; of a mail it says which, and how many people get it."""

    part: Part
    sentence: Text


@dataclass(frozen=True)
class Publication:
    """What the step makes public: a title, what is said of it, and its picture."""

    title: Text
    label: Text
    detail: Text = ""
    picture: Any = None
    description: Text = ""


Consequence = Effect | Publication
Function = Callable[[HttpRequest, Any], Iterable[Consequence]]
_functions: dict[tuple[type[Model], str], list[Function]] = {}


def add_effects(model: type[Model], effects: Mapping[str, Function]) -> None:
    """Register functions by the name of the verb whose effects they return."""
    for verb, function in effects.items():
        _functions.setdefault((model, verb), []).append(function)


@dataclass
class Effects:
    """All effects of one verb on one object, by part."""

    happens: list[Text] = field(default_factory=list)
    final: list[Text] = field(default_factory=list)
    mail: list[Text] = field(default_factory=list)
    published: list[Publication] = field(default_factory=list)

    def add(self, one: Consequence) -> None:
        if isinstance(one, Publication):
            self.published.append(one)
            return
        parts = {
            Part.HAPPENS: self.happens,
            Part.FINAL: self.final,
            Part.MAIL: self.mail,
        }
        parts[one.part].append(one.sentence)


def effects_of(request: HttpRequest, obj: Any, verb: str) -> Effects | None:
    """The effects of the verb; None if no app registered any."""
    functions = _functions.get((type(obj), verb))
    if functions is None:
        return None
    found = Effects()
    for function in functions:
        for one in function(request, obj):
            found.add(one)
    return found
