"""Where the shapes of a chart are, and their SVG. Lengths are units of the view box."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree import ElementTree as Tree

from django.utils.safestring import SafeString, mark_safe

from mycenas.core.templatetags.ui import grouped

WIDTH = 480
LEFT, TOP, BOTTOM = 52, 12, 30
PLOT = 180
WIDEST_COLUMN = 36
MOST_TICKS, MOST_LABELS = 4, 5
# The width of a letter in a narrow container, where text is largest.
LETTER = 9
# Of a label above a bar.
MOST_LETTERS = 38
ROW, ROW_BAR, ROW_TEXT = 56, 18, 18


@dataclass(frozen=True)
class Bars:
    """One number for each label; ``tone`` names a color of the style sheet."""

    name: str
    values: list[int]
    tone: str = ""


@dataclass
class Drawing:
    """The shapes of a chart, and the height that they take."""

    height: float
    shapes: list[Tree.Element] = field(default_factory=list)

    def add(self, tag: str, text: str = "", /, **attributes: object) -> Tree.Element:
        names = {
            name.rstrip("_").replace("_", "-"): _written(value)
            for name, value in attributes.items()
            if value != ""
        }
        shape = Tree.Element(tag, names)
        shape.text = text or None
        self.shapes.append(shape)
        return shape

    def add_named(self, tag: str, name: str, **attributes: object) -> None:
        """A shape with a tooltip."""
        Tree.SubElement(self.add(tag, "", **attributes), "title").text = name


def _written(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def as_svg(drawing: Drawing, name: str) -> SafeString:
    """The drawing as an image with an accessible name."""
    box = f"0 0 {WIDTH} {_written(drawing.height)}"
    root = Tree.Element("svg", {"viewBox": box, "role": "img", "aria-label": name})
    root.extend(drawing.shapes)
    text = Tree.tostring(root, encoding="unicode")
    return mark_safe(text)  # noqa: S308  made here, and ElementTree escapes texts


def scale(most: int) -> list[int]:
    """The numbers at an axis that reaches ``most``: 0, and steps of 1, 2 or 5."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if step * MOST_TICKS >= most:
                return [step * number for number in range(max(1, -(-most // step)) + 1)]
        size *= 10


def columns(labels: list[str], bars: list[Bars]) -> Drawing:
    """A column for each label; of several series one above the other."""
    drawing, top = _plot(labels, bars)
    slot = _slot(labels)
    width = min(0.8 * slot, WIDEST_COLUMN)
    base = [0] * len(labels)
    for one in bars:
        for place, value in enumerate(one.values):
            drawing.add_named(
                "rect",
                _caption(labels[place], one, bars, value),
                x=_center(place, slot) - width / 2,
                y=_y(base[place] + value, top),
                width=width,
                height=PLOT * value / top,
                data_tone=one.tone,
            )
            base[place] += value
    return drawing


def line(labels: list[str], bars: list[Bars]) -> Drawing:
    """A line through a point for each label, for each series."""
    drawing, top = _plot(labels, bars, is_stacked=False)
    slot = _slot(labels)
    for one in bars:
        points = [
            (_center(place, slot), _y(value, top))
            for place, value in enumerate(one.values)
        ]
        path = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
        drawing.add("polyline", points=path, data_tone=one.tone)
        for place, (x, y) in enumerate(points):
            name = _caption(labels[place], one, bars, one.values[place])
            drawing.add_named("circle", name, cx=x, cy=y, r=2.5, data_tone=one.tone)
    return drawing


def stacked(labels: list[str], bars: list[Bars]) -> Drawing:
    """A bar across for each label, its name above; the series side by side in it."""
    drawing = Drawing(height=ROW * len(labels))
    sums = [sum(one.values[place] for one in bars) for place in range(len(labels))]
    unit = WIDTH / max([*sums, 1])
    for place, label in enumerate(labels):
        y = ROW * place + ROW_TEXT
        drawing.add("text", _short(label), x=0, y=y)
        drawing.add("text", grouped(sums[place]), x=WIDTH, y=y, text_anchor="end")
        x = 0.0
        for one in bars:
            value = one.values[place]
            if value:
                drawing.add_named(
                    "rect",
                    _caption(label, one, bars, value),
                    x=x,
                    y=y + 8,
                    width=unit * value,
                    height=ROW_BAR,
                    data_tone=one.tone,
                )
            x += unit * value
    return drawing


def _plot(
    labels: list[str], bars: list[Bars], *, is_stacked: bool = True
) -> tuple[Drawing, int]:
    """The axes with their numbers and labels, and the number at the top."""
    drawing = Drawing(height=TOP + PLOT + BOTTOM)
    together = sum if is_stacked else max
    highest = (
        together(numbers) for numbers in zip(*(b.values for b in bars), strict=True)
    )
    ticks = scale(max(highest, default=0))
    for number in ticks:
        y = _y(number, ticks[-1])
        drawing.add("line", x1=LEFT, x2=WIDTH, y1=y, y2=y)
        drawing.add("text", grouped(number), x=LEFT - 8, y=y + 5, text_anchor="end")
    _label(drawing, labels)
    return drawing, ticks[-1]


def _label(drawing: Drawing, labels: list[str]) -> None:
    """Write as many of the labels below the axis as have room beside each other."""
    slot, widest = _slot(labels), LETTER * max(map(len, labels), default=0)
    free = 0.0
    for place in range(0, len(labels), -(-len(labels) // MOST_LABELS) or 1):
        x = min(_center(place, slot), WIDTH - widest / 2)
        if x - widest / 2 >= free:
            y = TOP + PLOT + 20
            drawing.add("text", labels[place], x=x, y=y, text_anchor="middle")
            free = x + widest / 2 + LETTER


def _slot(labels: list[str]) -> float:
    return (WIDTH - LEFT) / max(len(labels), 1)


def _center(place: int, slot: float) -> float:
    return LEFT + slot * (place + 0.5)


def _y(value: int, top: int) -> float:
    return TOP + PLOT * (1 - value / top)


def _caption(label: str, one: Bars, bars: list[Bars], value: int) -> str:
    named = f"{label}, {one.name}" if len(bars) > 1 else label
    return f"{named}: {grouped(value)}"


def _short(label: str) -> str:
    return label if len(label) <= MOST_LETTERS else f"{label[: MOST_LETTERS - 1]}…"
