"""What the health pages ask of the apps; each app adds its own in ``ready()``."""

from __future__ import annotations

from collections.abc import Callable, Iterable

# Returns one sentence for each problem.
Problems = Callable[[], list[str]]
# Returns seconds, or None where there is nothing to measure.
Age = Callable[[], int | None]

_availability: list[Problems] = []
_capacity: list[Problems] = []
_backlogs: list[Age] = []
_canaries: list[Age] = []


def add_availability(probe: Problems) -> None:
    """Add a probe whose problems make the site unavailable."""
    _availability.append(probe)


def add_capacity(probe: Problems) -> None:
    """Add a probe whose problems refuse new files, but neither pages nor arrivals."""
    _capacity.append(probe)


def add_backlog(probe: Age) -> None:
    """Add the age of the oldest work that is acknowledged and unfinished."""
    _backlogs.append(probe)


def add_canary(probe: Age) -> None:
    """Add the time since a made-up piece of work was last done."""
    _canaries.append(probe)


def availability_problems() -> list[str]:
    """Why the apps cannot work."""
    return [problem for probe in _availability for problem in probe()]


def capacity_problems() -> list[str]:
    """Why the apps refuse new files."""
    return [problem for probe in _capacity for problem in probe()]


def oldest_unfinished_seconds() -> int | None:
    """The age of the oldest unfinished work of any app; None without such work."""
    return max(_known(_backlogs), default=None)


def last_canary_seconds() -> int | None:
    """The age of the last canary, of the app whose is oldest; None if one has none."""
    ages = [probe() for probe in _canaries]
    known = [age for age in ages if age is not None]
    return max(known, default=None) if len(known) == len(ages) else None


def _known(probes: Iterable[Age]) -> list[int]:
    return [age for probe in probes if (age := probe()) is not None]
