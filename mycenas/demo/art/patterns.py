"""Ink lines, woven ribbons, cut paper and a flower, all by rule and chance."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from mycenas.demo.art.brush import (
    WHITE,
    Color,
    Point,
    Size,
    along,
    colors,
    disk,
    field,
    glow,
    gradient,
    lay,
    levels,
    light,
    mix,
    moved,
    noise,
    paper,
    times,
)

FLOW = (
    # paper, inks
    "f3ead9 1d2f45 2f5d73 c8553d e0a458 7b9e89",
    "10141f f2c14e f78154 5fad9d b4436c e8e3d3",
    "efe9e4 22223b 4a4e69 9a8c98 c9736b e3b5a4",
)
WEAVE = (
    # ground, stripes from edge to middle
    "1f2a36 f2d7a0 e07a5f 81b29a 3d5a80",
    "f2ebe0 264653 2a9d8f e9c46a e76f51",
    "2d1e2f f0a6ca efc3e6 9c89b8 f7d6a5",
)
RELIEF = (
    # shadow, valley to summit
    "0a1d24 0b2d3a 1c5d63 7aa874 e8d8a0 f7f0e0",
    "1b1028 2a1a3e 6d3a6d c8576b f0a26b fce8b8",
    "3b2424 f4efe3 e6d7bd d6b48c b5735a 6b3a3a",
)
BLOOM = (
    # night behind, petals from heart to rim
    "0e1526 1d2b4a fff3c9 ffc857 e9724c c5283d 481d4f",
    "0b2027 143c43 fdf6d8 f4d58d 80b9ad 3c6e9f 20305c",
    "f5ece1 ecd9c6 5a1846 a2325a e0696f f2a98f f8dcc4",
)


def flow(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """Ink lines that follow currents and never cross."""
    sheet, *inks = colors(FLOW[pick % len(FLOW)])
    base = paper(dice, size, sheet).resize((size[0] * 2, size[1] * 2))
    wind = Wind(dice, size)
    draw = ImageDraw.Draw(base)
    unit = min(size) / 1600
    for _ in range(3600):
        start = tuple(dice.uniform(-0.05, 1.05) * side for side in size)
        thick = unit * dice.choice((2.2, 3, 4.5, 7, 12))
        level = wind.at(wind.zones, start) + dice.gauss(0, 36)
        ink = inks[min(len(inks) - 1, max(0, int(level * len(inks) / 256)))]
        line = wind.follow(start, thick + unit * 2.4)
        if len(line) > 9:
            trail(draw, line, thick, mix(ink, sheet, dice.uniform(0, 0.2)))
    return base.reduce(2)


class Wind:
    """A field of directions that also remembers where lines already run."""

    def __init__(self, dice: random.Random, size: Size) -> None:
        self.size, self.step = size, min(size) / 150
        self.grid = (size[0] // 8, size[1] // 8)
        self.angles = noise(dice, self.grid, dice.uniform(2, 3.4), 2, 0.35).tobytes()
        self.zones = noise(dice, self.grid, 2.5, 2, 0.4).tobytes()
        self.turn = dice.uniform(1.1, 1.8) * math.pi
        self.taken: set[tuple[int, int]] = set()

    def at(self, levels: bytes, point: tuple[float, ...]) -> int:
        """Return the value of a field at a point."""
        x = min(self.grid[0] - 1, max(0, int(point[0] / 8)))
        y = min(self.grid[1] - 1, max(0, int(point[1] / 8)))
        return levels[y * self.grid[0] + x]

    def follow(self, start: tuple[float, ...], gap: float) -> list[Point]:
        """Return the line from a start until it meets another or the border."""
        line: list[Point] = []
        marks: set[tuple[int, int]] = set()
        x, y = start
        for _ in range(150):
            near = self.around(x, y, gap)
            inside = 0 <= x < self.size[0] and 0 <= y < self.size[1]
            if not inside or not self.taken.isdisjoint(near - marks):
                break
            marks |= near
            line.append((x, y))
            angle = self.at(self.angles, (x, y)) / 255 * self.turn
            x += math.cos(angle) * self.step
            y += math.sin(angle) * self.step
        if len(line) > 9:
            self.taken |= marks
        return line

    def around(self, x: float, y: float, gap: float) -> set[tuple[int, int]]:
        """Return the squares of 4 pixels that a brush of this width covers."""
        columns = range(int((x - gap / 2) // 4), int((x + gap / 2) // 4) + 1)
        rows = range(int((y - gap / 2) // 4), int((y + gap / 2) // 4) + 1)
        return {(column, row) for row in rows for column in columns}


def trail(
    draw: ImageDraw.ImageDraw, line: list[Point], thick: float, ink: Color
) -> None:
    """Draw a line of even thickness with round ends, at double scale."""
    points = [(x * 2, y * 2) for x, y in line]
    draw.line(points, fill=ink, width=max(1, round(thick * 2)), joint="curve")
    for end in (points[0], points[-1]):
        draw.ellipse(disk(end, thick), fill=ink)


def weave(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """Ribbons on a grid of chance: over, under, around, without end."""
    ground, *bands = colors(WEAVE[pick % len(WEAVE)])
    side = math.ceil(min(size) * 2 / dice.choice((6, 8, 10)))
    bent = Image.new("RGB", (side, side), ground)
    crossed = bent.copy()
    tones = (mix(ground, (0, 0, 0), 0.55), bands[0], ground, *bands[1:])
    stripes = list(zip((0.40, 0.36, 0.27, 0.24, 0.15, 0.06), tones, strict=True))
    for corner in ((0, 0), (side, side)):
        for half, tone in stripes:
            ring = disk(corner, side * (0.5 + half))
            wide = round(side * half * 2)
            ImageDraw.Draw(bent).arc(ring, 0, 360, fill=tone, width=wide)
    for flat in (True, False):
        for half, tone in stripes:
            low, high = side * (0.5 - half), side * (0.5 + half)
            box = (0, low, side, high) if flat else (low, 0, high, side)
            ImageDraw.Draw(crossed).rectangle(box, fill=tone)
    flip, turn = Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_90
    tiles = (bent, bent.transpose(flip), crossed, crossed.transpose(turn))
    sheet = Image.new("RGB", (size[0] * 2, size[1] * 2))
    for y in range(0, sheet.height, side):
        for x in range(0, sheet.width, side):
            sheet.paste(dice.choice(tiles), (x, y))
    cloth = noise(dice, size, 3, 3).point(lambda level: 205 + level * 0.2)
    return times(sheet.reduce(2), cloth)


def relief(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """Cut paper in layers: a landscape that only a map could know."""
    dark, *stops = colors(RELIEF[pick % len(RELIEF)])
    ground = field(dice, size, dice.uniform(2.8, 4.6), 4, 0.38)
    steps = dice.randrange(12, 17)
    base = paper(dice, size, stops[0])
    reach = min(size) / 1600
    for step in range(1, steps):
        edge = 0.12 + 0.76 * step / steps
        # A steep ramp instead of a threshold, so that the cut is smooth.
        cut = levels(ground, edge - 0.0006, edge + 0.0006)
        lay_sheet(base, cut, along(stops, step / (steps - 1)), dark, reach)
    return base


def lay_sheet(
    base: Image.Image, cut: Image.Image, tone: Color, dark: Color, reach: float
) -> None:
    """Lay one sheet of cut paper on the others, with its shadow and lit edge."""
    blurred = cut.reduce(4).filter(ImageFilter.GaussianBlur(2.5 * reach))
    shadow = moved(blurred.resize(cut.size), 7 * reach, 10 * reach)
    lay(base, dark, shadow, 0.42)
    base.paste(tone, (0, 0), cut)
    rim = max(1, 2 * reach)
    lay(
        base, mix(tone, WHITE, 0.6), ImageChops.subtract(cut, moved(cut, rim, rim)), 0.5
    )


def bloom(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """Petals set at the golden angle, each throwing its shadow on the next."""
    tones = colors(BLOOM[pick % len(BLOOM)])
    ground, petals = tones[:2], tones[2:]
    center = (size[0] * dice.uniform(0.38, 0.62), size[1] * dice.uniform(0.42, 0.58))
    halo = glow(size, center, max(size) * 0.55, 2.2).point(lambda level: level * 0.25)
    base = light(gradient(size, ground), petals[1], halo)
    big = base.resize((size[0] * 2, size[1] * 2))
    draw, glaze = ImageDraw.Draw(big), ImageDraw.Draw(big, "RGBA")
    count = dice.randrange(230, 360)
    reach = min(size) * dice.uniform(0.5, 0.6)
    slim, tilt = dice.uniform(0.30, 0.5), dice.uniform(0, math.tau)
    middle = (center[0] * 2, center[1] * 2)
    draw.ellipse(disk(middle, reach * 0.2), fill=shaded(petals[0]))
    for index in range(count, 0, -1):
        share = index / count
        angle = index * math.pi * (3 - 5**0.5) + tilt
        tone = along(petals, share)
        petal(draw, glaze, middle, (angle, reach * share**0.62, slim), share, tone)
    small = big.reduce(2)
    soft = small.filter(ImageFilter.GaussianBlur(min(size) / 60))
    return Image.blend(small, ImageChops.screen(small, soft), 0.16)


def petal(
    draw: ImageDraw.ImageDraw,
    glaze: ImageDraw.ImageDraw,
    middle: Point,
    form: tuple[float, float, float],
    share: float,
    tone: Color,
) -> None:
    """Paint one petal: its shadow, then the blade from dark foot to light tip."""
    angle, far, slim = form
    length = far * (0.50 + 0.14 * share) + 10
    way = (math.cos(angle), math.sin(angle))
    foot = (middle[0] + way[0] * far, middle[1] + way[1] * far)
    lift = length * 0.03 + 3
    under = (foot[0] + lift, foot[1] + lift * 1.6)
    glaze.polygon(blade(under, way, length * 1.04, slim), fill=(*shaded(tone), 90))
    for step in range(7):
        part = 1 - step / 7
        deep = mix(shaded(tone), mix(tone, WHITE, 0.10), 1 - part**1.6)
        on = length * (1 - part) * 0.9
        spot = (foot[0] + way[0] * on, foot[1] + way[1] * on)
        outline = blade(spot, way, length * part, slim * (0.55 + 0.45 * part))
        draw.polygon(outline, fill=deep)


def shaded(tone: Color) -> Color:
    """Return the color of a petal where little light comes."""
    return mix(tone, (30, 8, 30), 0.72)


def blade(foot: Point, way: Point, length: float, slim: float) -> list[Point]:
    """Return the outline of a petal with a pointed tip."""
    sides: tuple[list[Point], list[Point]] = ([], [])
    for step in range(15):
        share = step / 14
        x, y = foot[0] + way[0] * length * share, foot[1] + way[1] * length * share
        wide = length * slim * math.sin(math.pi * share**1.2) ** 1.1
        sides[0].append((x - way[1] * wide, y + way[0] * wide))
        sides[1].append((x + way[1] * wide, y - way[0] * wide))
    return sides[0] + sides[1][::-1]
