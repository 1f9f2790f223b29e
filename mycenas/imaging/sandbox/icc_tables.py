"""Color tables of ICC profiles, read and applied as browsers do.

Colors between the points of a table are mixed of all corners around them.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial, reduce
from itertools import product
from math import prod
from typing import Any

from PIL import Image

from mycenas.imaging.sandbox.curves import (
    FINEST,
    STRAIGHT,
    Curve,
    Lookup,
    Sampled,
    added,
    image_of,
    light_of,
    mixed,
    numbers_of,
    read_curves,
)

MOST_INPUTS, MOST_SAMPLES, MOST_POINTS = 4, 4096, 350_000_000
# A table with more points is made smaller before it is used.
LARGEST_SIDE = 40
# Light of a matrix to XYZ: the highest number stands for almost 2.
XYZ_SCALE = 65_535 / 32_768
# The channel of black ink, which browsers leave empty.
BLACK = 3


@dataclass(frozen=True)
class Grid:
    """Colors at even distances each way, three numbers of 16 bits a point."""

    sides: Sequence[int]
    points: Sequence[int]

    def corner(self, place: Sequence[int]) -> int:
        index = 0
        for side, step in zip(self.sides, place, strict=True):
            index = index * side + step
        return index

    def at(self, place: Sequence[float]) -> list[float]:
        """Return the color between the points around a place from 0 to 1."""
        ways = []
        for side, number in zip(self.sides, place, strict=True):
            step = number * (side - 1)
            low = min(int(step), side - 1)
            ways.append(((low, 1 - step + low), (min(low + 1, side - 1), step - low)))
        color = [0.0, 0.0, 0.0]
        for corner in product(*ways):
            share = prod(part for _, part in corner)
            if share:
                start = 3 * self.corner([step for step, _ in corner])
                for channel in range(3):
                    color[channel] += share * self.points[start + channel]
        return color

    def resized(self, sides: Sequence[int]) -> Grid:
        """Return the same colors at other distances."""
        places = product(
            *([n / max(1, side - 1) for n in range(side)] for side in sides)
        )
        return Grid(
            sides, [round(value) for place in places for value in self.at(place)]
        )

    def applied(self, channels: Sequence[Image.Image]) -> list[Image.Image]:
        """Return the three channels for these, which are from 0 to 1."""
        ways = [split(*way) for way in zip(channels, self.sides, strict=True)]
        names = {f"low{number}": low for number, (low, _) in enumerate(ways)}
        names |= {f"rest{number}": rest for number, (_, rest) in enumerate(ways)}
        colors = [Lookup(self.points[channel::3]) for channel in range(3)]
        sums = []
        for corner in product((0, 1), repeat=len(ways)):
            places = image_of(partial(self.index, corner), **names)
            share = image_of(partial(share_of, corner), **names)
            sums.append([shared(color.at(places), share) for color in colors])
        return [reduce(added, parts) for parts in zip(*sums, strict=True)]

    def index(self, corner: Sequence[int], given: dict[str, Any]) -> Any:
        index: Any = 0
        for number, (side, step) in enumerate(zip(self.sides, corner, strict=True)):
            place = given["min"](given[f"low{number}"] + step, side - 1)
            index = place + index * side
        return index


def share_of(corner: Sequence[int], given: dict[str, Any]) -> Any:
    share: Any = 1.0
    for number, step in enumerate(corner):
        rest = given[f"rest{number}"]
        share = (rest if step else 1.0 - rest) * share
    return share


def shared(color: Image.Image, share: Image.Image) -> Image.Image:
    return image_of(lambda g: g["a"] * g["b"], a=color, b=share)


def split(channel: Image.Image, side: int) -> tuple[Image.Image, Image.Image]:
    """Return the steps below a channel, and how far it is from there to the next."""

    def below(given: dict[str, Any]) -> Any:
        inside = given["min"](given["max"](given["sample"], 0.0), 1.0)
        return given["int"](inside * float(side - 1))

    def rest(given: dict[str, Any]) -> Any:
        inside = given["min"](given["max"](given["sample"], 0.0), 1.0)
        return inside * float(side - 1) - given["float"](given["low"])

    low = image_of(below, sample=channel)
    return low, image_of(rest, sample=channel, low=low)


@dataclass(frozen=True)
class Table:
    """The way from samples to XYZ or Lab; parts that are missing change nothing."""

    before: Sequence[Curve] = ()
    grid: Grid | None = None
    between: Sequence[Curve] = ()
    matrix: Sequence[Sequence[float]] = ()
    after: Sequence[Curve] = ()

    def applied(self, channels: Sequence[Image.Image]) -> list[Image.Image]:
        """Return three channels of eight bits in XYZ or Lab, from 0 to 1."""
        if self.grid:
            table = self.without_black()
            given = channels[: len(table.before)]
            lit = [light_of(*pair) for pair in zip(given, table.before, strict=True)]
            lit = table.grid.applied(lit) if table.grid else lit
        else:
            lit = [light_of(channel, STRAIGHT) for channel in channels]
        if self.matrix:
            lit = through(self.between, lit)
            lit = [mixed(row, lit) for row in self.matrix]
        return through(self.after, lit)

    def without_black(self) -> Table:
        """Return the table for three channels at most, with sides not too long."""
        grid, before = self.grid, self.before
        if grid is None:
            return self
        if len(before) > BLACK:
            black = min(max(before[BLACK].at(0.0), 0.0), 1.0)
            sides = grid.sides[:BLACK]
            places = product(*([n / (side - 1) for n in range(side)] for side in sides))
            colors = (grid.at((*place, black)) for place in places)
            grid = Grid(sides, [round(value) for color in colors for value in color])
        if prod(grid.sides) > FINEST:
            grid = grid.resized([min(side, LARGEST_SIDE) for side in grid.sides])
        return Table(before[: len(grid.sides)], grid)


def through(curves: Sequence[Curve], lit: Sequence[Image.Image]) -> list[Image.Image]:
    return [curve.applied(one) for curve, one in zip(curves, lit, strict=True)]


def read_table(part: bytes, *, is_xyz: bool, backward: bool = False) -> Table | None:
    """Return the table of a profile; `backward` those of colors to samples."""
    inputs, outputs = part[8:10] if len(part) >= 10 else (0, 0)
    ends, others = (outputs, inputs) if not backward else (inputs, outputs)
    if ends != 3 or others > MOST_INPUTS or (backward and others < 3):
        return None
    if part[:4] in (b"mft1", b"mft2"):
        return read_old(part, inputs, outputs)
    if part[:4] == (b"mBA " if backward else b"mAB ") and len(part) >= 32:
        return read_new(part, inputs, outputs, is_xyz=is_xyz)
    return None


def read_old(part: bytes, inputs: int, outputs: int) -> Table | None:
    """Read a table of one side; browsers ignore the matrix before it."""
    width = 1 if part[:4] == b"mft1" else 2
    if len(part) < 48 + 4 * (width - 1) or not inputs:
        return None
    before, after = struct.unpack(">HH", part[48:52]) if width == 2 else (256, 256)
    side = part[10]
    count = side**inputs
    sizes = (inputs * before, outputs * count, outputs * after)
    if (
        not 2 <= min(before, after) <= max(before, after) <= MOST_SAMPLES
        or side < 2
        or count > MOST_POINTS
    ):
        return None
    numbers = wide(part[48 + 4 * (width - 1) :], width, sum(sizes))
    if numbers is None:
        return None
    curves = sampled(numbers[: sizes[0]], before)
    last = sampled(numbers[sizes[0] + sizes[1] :], after)
    grid = Grid([side] * inputs, numbers[sizes[0] : sizes[0] + sizes[1]])
    return Table(curves, grid, after=last)


def wide(data: bytes, width: int, count: int) -> Sequence[int] | None:
    """Return `count` numbers, of one byte or two, as numbers of 16 bits."""
    if len(data) < width * count:
        return None
    if width == 1:
        return [byte * 257 for byte in data[:count]]
    return struct.unpack(f">{count}H", data[: 2 * count])


def sampled(numbers: Sequence[int], size: int) -> list[Curve]:
    values = [number / FINEST for number in numbers]
    return [Sampled(values[at : at + size]) for at in range(0, len(values), size)]


def read_new(part: bytes, inputs: int, outputs: int, *, is_xyz: bool) -> Table | None:
    """Read a table of version 4; curves and tables, or matrix, come in pairs."""
    others = outputs if part[:4] == b"mBA " else inputs
    last, matrix_at, middle, grid_at, first = struct.unpack(">5I", part[12:32])
    after = read_curves(part, last, 3) if last else None
    if after is None or bool(middle) != bool(matrix_at) or bool(first) != bool(grid_at):
        return None
    between = read_curves(part, middle, 3) if middle else []
    rows = read_matrix(part, matrix_at, is_xyz) if middle else []
    if between is None or (middle and not rows):
        return None
    if not first:
        return Table((), None, between, rows, after) if others == 3 else None
    before = read_curves(part, first, others)
    grid = read_grid(part, grid_at, inputs, outputs)
    if before is None or grid is None:
        return None
    return Table(before, grid, between, rows, after)


def read_matrix(part: bytes, start: int, is_xyz: bool) -> list[list[float]]:
    """Return three rows of three factors and a summand; none if they are cut."""
    if len(part) < start + 48:
        return []
    scale = XYZ_SCALE if is_xyz else 1.0
    numbers = [scale * number for number in numbers_of(part[start : start + 48])]
    return [[*numbers[at : at + 3], numbers[9 + at // 3]] for at in (0, 3, 6)]


def read_grid(part: bytes, start: int, inputs: int, outputs: int) -> Grid | None:
    sides, width = part[start : start + inputs], part[start + 16 : start + 17]
    if len(sides) < inputs or min(sides, default=2) < 2 or width not in (b"\1", b"\2"):
        return None
    count = prod(sides)
    if count > MOST_POINTS:
        return None
    points = wide(part[start + 20 :], width[0], outputs * count)
    return Grid(list(sides), points) if points is not None else None
