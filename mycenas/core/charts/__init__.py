"""Charts as SVG of the server, each with the same numbers in a table.

A chart is data; `svg` draws it without reading anything else. Colors are properties of
static/css/charts.css, so one drawing serves the light and the dark theme.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from mycenas.core.charts import drawing
from mycenas.core.templatetags.ui import grouped

Text = str | Promise


@dataclass(frozen=True)
class Series:
    """One number for each label of its chart; ``tone`` names its color."""

    name: Text
    values: tuple[int, ...]
    tone: str = ""


class Cell(NamedTuple):
    """One number of a chart, as its table shows it."""

    label: str
    series: str
    value: int


@dataclass(frozen=True)
class Chart:
    """Whole numbers by label, in one or several series.

    ``across`` says what the labels are: the header of their column.
    """

    title: Text
    across: Text
    counted: Text
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    draw: Callable[[list[str], list[drawing.Bars]], drawing.Drawing]

    def __post_init__(self) -> None:
        for one in self.series:
            if len(one.values) != len(self.labels) or min(one.values, default=0) < 0:
                raise ValueError(f"{one.name}: one number, not below 0, for each label")

    @cached_property
    def total(self) -> int:
        return sum(sum(one.values) for one in self.series)

    @property
    def has_several_series(self) -> bool:
        return len(self.series) > 1

    @property
    def cells(self) -> Iterator[Cell]:
        """The numbers of the table; of several series only those above 0."""
        for place, label in enumerate(self.labels):
            for one in self.series:
                if one.values[place] or not self.has_several_series:
                    yield Cell(label, str(one.name), one.values[place])

    @property
    def svg(self) -> SafeString:
        bars = [
            drawing.Bars(str(one.name), list(one.values), one.tone)
            for one in self.series
        ]
        return drawing.as_svg(self.draw(list(self.labels), bars), self._summary)

    @property
    def _summary(self) -> str:
        """The accessible name: what it shows, how many in all, and where most are."""
        sums = [sum(numbers) for numbers in zip(*self._values, strict=True)]
        if not self.total:
            return gettext("%(title)s: none") % {"title": self.title}
        return gettext("%(title)s: %(total)s in all, most (%(most)s) at %(label)s") % {
            "title": self.title,
            "total": grouped(self.total),
            "most": grouped(max(sums)),
            "label": self.labels[sums.index(max(sums))],
        }

    @property
    def _values(self) -> list[tuple[int, ...]]:
        return [one.values for one in self.series]


columns = drawing.columns
stacked = drawing.stacked
line = drawing.line
