"""Which time zones a competition may be in: those of places in the tz database."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

UTC = "UTC"
# What the tz database itself says of its names: one line for each place.
TABLES = ("zone.tab", "zone1970.tab")


@cache
def places() -> frozenset[str]:
    """Names like “Europe/Athens”, and UTC; no abbreviations, old names or leftovers."""
    folder = files("tzdata") / "zoneinfo"
    lines = [
        line
        for table in TABLES
        for line in (folder / table).read_text().splitlines()
        if not line.startswith("#")
    ]
    return frozenset((UTC, *(line.split("\t")[2] for line in lines)))


def zone_of(name: str) -> ZoneInfo:
    """The zone, of a place or of an old name; UTC where there is none of that name."""
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        return ZoneInfo(UTC)
