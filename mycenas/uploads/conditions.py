"""Conditions and expectations of a request (RFC 9110, sections 10.1.1 and 13).

No address of the site has an entity tag, so that most conditions are false.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils.http import parse_http_date_safe
from django.utils.translation import gettext as _

from mycenas.core.http.errors import ProblemError
from mycenas.core.text import shown
from mycenas.uploads.asgi_types import HeaderList

# Methods whose requests change nothing: their conditions only save a transfer.
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
# RFC 9110 has them ignored outside GET, and without a Range.
_FOR_READERS = ("if-modified-since", "if-range")


def check_expectations(headers: HeaderList) -> None:
    """Refuse (417) to fulfil anything but "100-continue"."""
    for name, raw in headers:
        unknown = {*_members(raw.decode("latin-1"))} - {"100-continue", ""}
        if name == b"expect" and unknown:
            sentence = _(
                "The request expects “%(found)s”, which this site does not know. It "
                "knows “100-continue” alone. Send the request without the rest."
            ) % {"found": shown(", ".join(sorted(unknown)))}
            raise ProblemError(sentence, status=417, code="unknown_expectation")


def words(headers: HeaderList) -> Iterator[tuple[str, str]]:
    """Headers as text."""
    return ((name.decode("latin-1"), raw.decode("latin-1")) for name, raw in headers)


def check_conditions(
    headers: Iterable[tuple[str, str]], modified_at: datetime | None = None
) -> None:
    """Refuse (412) a change whose condition is false, or cannot be decided.

    The resource exists; ``modified_at`` is None if its last change has no known time.
    """
    found = [(name.lower(), value) for name, value in headers]
    has_tags = any(name == "if-match" for name, _value in found)
    for name, value in found:
        dated = name == "if-unmodified-since" and not has_tags
        if not (_is_unmodified(value, modified_at) if dated else _holds(name, value)):
            sentence = _(
                "The condition “%(name)s: %(value)s” does not hold here: the address "
                "exists and has no entity tag. Nothing was changed. Send the request "
                "without it."
            ) % {"name": shown(name), "value": shown(value)}
            raise ProblemError(sentence, status=412, code="condition_failed")


def _holds(name: str, value: str) -> bool:
    if name == "if-match":
        return set(_members(value)) == {"*"}
    if name == "if-none-match":
        return "*" not in _members(value)
    known = (*_FOR_READERS, "if-unmodified-since")
    return name in known or "if" not in name.split("-")


def _is_unmodified(value: str, modified_at: datetime | None) -> bool:
    """True also for what is no date: RFC 9110 has it ignored."""
    since = parse_http_date_safe(value)
    return since is None or modified_at is None or modified_at.timestamp() < since + 1


def _members(value: str) -> list[str]:
    return [member.strip().lower() for member in value.split(",")]
