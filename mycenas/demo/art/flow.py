"""Ink lines in a wind nobody sees."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageDraw

from mycenas.demo.art.brush import (
    Color,
    Point,
    Size,
    color,
    colors,
    mix,
    noise,
    paper,
)

FLOW = (
    # paper, inks
    ("#f3ead9", ("#1d2f45", "#2f5d73", "#c8553d", "#e0a458", "#7b9e89")),
    ("#10141f", ("#f2c14e", "#f78154", "#5fad9d", "#b4436c", "#e8e3d3")),
    ("#efe9e4", ("#22223b", "#4a4e69", "#9a8c98", "#c9736b", "#e3b5a4")),
    ("#0c1f26", ("#d7f2e3", "#7fd1ae", "#2f9c95", "#ffd479", "#f29e7a")),
)


def flow(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """Ink lines that follow a wind nobody sees and never cross."""
    sheet, inks = FLOW[pick % len(FLOW)]
    base = paper(dice, size, color(sheet)).resize((size[0] * 2, size[1] * 2))
    wind = Wind(dice, size)
    draw = ImageDraw.Draw(base)
    palette = colors(inks)
    unit = min(size) / 1600
    for _ in range(3600):
        start = (
            dice.uniform(-0.05, 1.05) * size[0],
            dice.uniform(-0.05, 1.05) * size[1],
        )
        thick = unit * dice.choice((2.2, 3, 4.5, 7, 12))
        ink = palette[wind.zone(start, len(palette), dice)]
        line = wind.follow(start, thick + unit * 2.4)
        if len(line) > 9:
            trail(draw, line, thick * 2, mix(ink, color(sheet), dice.uniform(0, 0.2)))
    return base.reduce(2)


class Wind:
    """A field of directions that also remembers where lines already run."""

    def __init__(self, dice: random.Random, size: Size) -> None:
        self.size = size
        self.step = min(size) / 150
        self.grid = (size[0] // 8, size[1] // 8)
        self.angles = noise(dice, self.grid, dice.uniform(2, 3.4), 2, 0.35).tobytes()
        self.zones = noise(dice, self.grid, 2.5, 2, 0.4).tobytes()
        self.turn = dice.uniform(1.1, 1.8) * math.pi
        self.taken = bytearray((size[0] // 4 + 1) * (size[1] // 4 + 1))

    def cell(self, point: Point) -> int:
        """Return the place of a point in the two fields."""
        x = min(self.grid[0] - 1, max(0, int(point[0] / 8)))
        y = min(self.grid[1] - 1, max(0, int(point[1] / 8)))
        return y * self.grid[0] + x

    def zone(self, point: Point, count: int, dice: random.Random) -> int:
        """Return the number of the ink used around here, mixed at the borders."""
        level = self.zones[self.cell(point)] + dice.gauss(0, 36)
        return min(count - 1, max(0, int(level * count / 256)))

    def follow(self, start: Point, gap: float) -> list[Point]:
        """Return the line from a start until it meets another or the border."""
        line: list[Point] = []
        x, y = start
        marks: set[int] = set()
        for _ in range(150):
            near = self.around((x, y), gap)
            if near is None or any(self.taken[m] for m in near if m not in marks):
                break
            marks.update(near)
            line.append((x, y))
            angle = self.angles[self.cell((x, y))] / 255 * self.turn
            x += math.cos(angle) * self.step
            y += math.sin(angle) * self.step
        if len(line) > 9:
            for mark in marks:
                self.taken[mark] = 1
        return line

    def around(self, point: Point, gap: float) -> list[int] | None:
        """Return the marks a brush of this width covers, None far outside."""
        x, y = point
        reach = gap / 2
        if not (0 <= x < self.size[0] and 0 <= y < self.size[1]):
            return None
        across = self.size[0] // 4 + 1
        left, right = (
            max(0, int((x - reach) / 4)),
            min(across - 1, int((x + reach) / 4)),
        )
        top, foot = max(0, int((y - reach) / 4)), int((y + reach) / 4)
        foot = min(self.size[1] // 4, foot)
        return [
            row * across + column
            for row in range(top, foot + 1)
            for column in range(left, right + 1)
        ]


def trail(
    draw: ImageDraw.ImageDraw, line: list[Point], thick: float, ink: Color
) -> None:
    """Draw a line of even thickness with round ends, at double scale."""
    points = [(x * 2, y * 2) for x, y in line]
    draw.line(points, fill=ink, width=max(1, round(thick)), joint="curve")
    reach = thick / 2
    for x, y in (points[0], points[-1]):
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=ink)
