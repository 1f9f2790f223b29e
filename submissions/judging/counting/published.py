"""What is published of a sealed ranking after entries were disqualified."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any


def without(
    ranking: list[dict[str, Any]], disqualified: Collection[str]
) -> list[dict[str, Any]]:
    """The other entries with the gaps closed; nothing is counted again."""
    placed: dict[int, int] = defaultdict(int)
    rows = []
    for row in ranking:
        if row["entry"] not in disqualified:
            placed[row["group"]] += 1
            rows.append(row | {"place": placed[row["group"]]})
    return rows
