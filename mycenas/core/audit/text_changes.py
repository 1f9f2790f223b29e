"""What differs between two versions of a text, without comparing all with all."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import ngettext

# A text up to this length is shown whole, and more at once is cut in its middle.
MAX_LENGTH = 240
MAX_PLACES = 5
# Words and what separates them, on both sides of a place.
CONTEXT = 10
CUT = " … "
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Place:
    """Tokens ``old`` of one version that became the tokens ``new`` of the other."""

    old: slice
    new: slice


def compared(before: str, after: str) -> tuple[str, str]:
    """Both texts; of long ones the places that differ, with words around them."""
    if max(len(before), len(after)) <= MAX_LENGTH or not (before and after):
        return cut(before), cut(after)
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    places = list(_joined(_places(old, new)))
    pairs = [
        _without_the_same(_around(old, place.old), _around(new, place.new))
        for place in places[:MAX_PLACES]
    ]
    was, is_now = (" ".join(side) for side in zip(*pairs, strict=True))
    return was, is_now + _more(len(places) - MAX_PLACES)


def cut(text: str) -> str:
    """The text on one line; the beginning and the end of a long one."""
    if len(text) > MAX_LENGTH:
        text = text[: MAX_LENGTH * 2 // 3] + CUT + text[-MAX_LENGTH // 3 :]
    return re.sub(r"\s*\n\s*", " ¶ ", text)


def _more(count: int) -> str:
    if count <= 0:
        return ""
    words = ngettext("and %d more place", "and %d more places", count)
    return f"{CUT}({words % count})"


def _around(tokens: Sequence[str], place: slice) -> str:
    first: int = max(0, place.start - CONTEXT)
    last: int = place.stop + CONTEXT
    before, after = "…" * (first > 0), "…" * (last < len(tokens))
    return before + "".join(tokens[first:last]) + after


def _without_the_same(before: str, after: str) -> tuple[str, str]:
    """Both texts, cut; what long ones have in common at the beginning goes."""
    if max(len(before), len(after)) > MAX_LENGTH:
        same = _equal_ahead(before, after, 0, 0)[0] - CONTEXT
        if same > 0:
            before, after = f"…{before[same:]}", f"…{after[same:]}"
    return cut(before), cut(after)


def _joined(places: Iterator[Place]) -> Iterator[Place]:
    """The same places; those that share the words around them are one."""
    last: Place | None = None
    for place in places:
        if last and place.old.start - last.old.stop <= 2 * CONTEXT:
            last = Place(
                slice(last.old.start, place.old.stop),
                slice(last.new.start, place.new.stop),
            )
            continue
        if last:
            yield last
        last = place
    if last:
        yield last


def _places(old: Sequence[str], new: Sequence[str]) -> Iterator[Place]:
    """What lies between equal tokens, which are found around those of `_anchors`."""
    at, there = _equal_ahead(old, new, 0, 0)
    for anchor, its_place in [*_anchors(old, new), (len(old), len(new))]:
        if anchor < at:
            continue
        end, its_end = anchor, its_place
        while end > at and its_end > there and old[end - 1] == new[its_end - 1]:
            end, its_end = end - 1, its_end - 1
        if end > at or its_end > there:
            yield Place(slice(at, end), slice(there, its_end))
        at, there = _equal_ahead(old, new, anchor, its_place)


def _equal_ahead(
    old: Sequence[str], new: Sequence[str], at: int, there: int
) -> tuple[int, int]:
    while at < len(old) and there < len(new) and old[at] == new[there]:
        at, there = at + 1, there + 1
    return at, there


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Tokens that occur once in each text, as many as stand in the same order.

    This is patience diff: the longest rising sequence of positions. The many equal
    words of a text, whose comparison takes the square of its length, play no part.
    """
    counts, its_counts = Counter(old), Counter(new)
    places = {token: there for there, token in enumerate(new)}
    pairs = [
        (at, places[token])
        for at, token in enumerate(old)
        if counts[token] == its_counts[token] == 1
    ]
    return _longest_rising(pairs)


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of pairs in the order of their first numbers, the most whose second ones rise."""
    # The smallest last number of a sequence of each length, and which pair ends it.
    ends: list[int] = []
    enders: list[int] = []
    earlier: list[int] = []
    for index, (_at, there) in enumerate(pairs):
        length = bisect_left(ends, there)
        earlier.append(enders[length - 1] if length else -1)
        ends[length : length + 1] = [there]
        enders[length : length + 1] = [index]
    found = []
    index = enders[-1] if enders else -1
    while index >= 0:
        found.append(pairs[index])
        index = earlier[index]
    return found[::-1]
