"""Every address of the site, from its own table: a new one is found by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.urls import URLResolver, get_resolver
from django.utils.regex_helper import normalize


@dataclass(frozen=True)
class Address:
    """A path with ``%(name)s`` for each of its ``parts``."""

    template: str
    parts: tuple[str, ...]

    def filled(self, values: dict[str, str]) -> str:
        quoted = {part: quote(values[part], safe="/") for part in self.parts}
        return self.template % quoted


def every_address() -> list[Address]:
    found = dict.fromkeys(_walk(get_resolver(), "/", ()))
    return [*found, Address("/static/none.css", ()), Address("/nowhere/", ())]


def _walk(resolver: URLResolver, before: str, parts: tuple[str, ...]) -> Iterator[Any]:
    for entry in resolver.url_patterns:
        for path, names in _possible(entry.pattern):
            address = Address(before + path, (*parts, *names))
            if isinstance(entry, URLResolver):
                yield from _walk(entry, address.template, address.parts)
            else:
                yield address


def _possible(pattern: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    for path, names in normalize(pattern.regex.pattern):
        # Of what may be repeated or left out, the shortest.
        yield path.replace("\\Z", ""), tuple(name for name in names)
