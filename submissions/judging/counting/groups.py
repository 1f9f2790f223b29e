"""What is linked with one another, by a chain of pairs."""

from __future__ import annotations

from collections.abc import Iterable


def linked_groups(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The groups, each sorted, in the order of their first members."""
    group_of: dict[str, set[str]] = {}
    for pair in pairs:
        one, other = (group_of.setdefault(member, {member}) for member in pair)
        if one is not other:
            one |= other
            group_of.update(dict.fromkeys(other, one))
    return sorted(
        map(sorted, {min(group): group for group in group_of.values()}.values())
    )
