"""A meadow pressed between sheets."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageDraw

from mycenas.demo.art.brush import (
    Color,
    Point,
    Size,
    color,
    field,
    glow,
    levels,
    mix,
    noise,
    paper,
)

MEADOW = (
    # paper, washes, greens, blossoms
    (
        "#f6f0e2",
        ("#e7d8b1", "#cfe0d2"),
        ("#2f4a3a", "#5f7f52", "#9aa66b", "#3d6b66"),
        ("#c8553d", "#e0a13c", "#7c4d79"),
    ),
    (
        "#f4efe6",
        ("#f0cdbf", "#dce5ea"),
        ("#26413c", "#4a6b5d", "#7d8f69", "#a3a380"),
        ("#d1495b", "#edae49", "#f3e3c8"),
    ),
    (
        "#eef0e8",
        ("#cfd9e6", "#e9dfc7"),
        ("#1f3b4d", "#35635b", "#6a8d73", "#b0a160"),
        ("#3f5e9a", "#b56576", "#eab464"),
    ),
)


def botanical(dice: random.Random, size: Size, pick: int) -> Image.Image:
    """A meadow pressed between sheets: stems, ferns, seed heads, soft washes."""
    sheet, washes, greens, blossoms = MEADOW[pick % len(MEADOW)]
    base = paper(dice, size, color(sheet))
    for code in washes:
        base = wash(base, dice, color(code))
    stems = sorted(dice.uniform(0.05, 0.95) for _ in range(dice.randrange(15, 20)))
    dice.shuffle(stems)
    for index, share in enumerate(stems):
        layer = Image.new("RGB", (size[0] * 2, size[1] * 2), "white")
        depth = index / len(stems)
        ink = mix(color(sheet), color(dice.choice(greens)), 0.5 + 0.5 * depth)
        Plant(layer, dice, ink, color(dice.choice(blossoms))).grow(share, depth)
        base = ImageChops.multiply(base, layer.reduce(2))
    return ImageChops.multiply(base, stains(dice, size))


def wash(base: Image.Image, dice: random.Random, tint: Color) -> Image.Image:
    """Return the sheet with one broad stroke of thin water color."""
    width, height = base.size
    center = (width * dice.uniform(0.2, 0.8), height * dice.uniform(0.3, 0.8))
    blob = glow(base.size, center, max(base.size) * 0.5, 0.8).convert("F")
    edge = field(dice, base.size, 5, 5, 0.55)
    both = Image.merge("RGB", (levels(edge, 0.35, 0.6),) * 3)
    mask = ImageChops.multiply(both.getchannel(0), blob.convert("L"))
    layer = Image.composite(
        Image.new("RGB", base.size, tint), Image.new("RGB", base.size, "white"), mask
    )
    return ImageChops.multiply(base, layer)


def stains(dice: random.Random, size: Size) -> Image.Image:
    """Return the uneven drying of water, nearly white."""
    level = noise(dice, size, 12, 5, 0.6).point(lambda value: 238 + value * 0.066)
    return Image.merge("RGB", (level,) * 3)


class Plant:
    """One plant, drawn at double scale with a single ink and blossom color."""

    def __init__(
        self, layer: Image.Image, dice: random.Random, ink: Color, blossom: Color
    ) -> None:
        self.draw = ImageDraw.Draw(layer)
        self.size = layer.size
        self.unit = min(layer.size) / 1600
        self.dice, self.ink, self.blossom = dice, ink, blossom

    def grow(self, share: float, depth: float) -> None:
        """Grow a stem from the lower edge, with leaves of one kind and a head."""
        width, height = self.size
        dice = self.dice
        tall = height * dice.uniform(0.42, 0.88) * (1.05 - 0.25 * depth)
        stem = self.stem((width * share, height * 1.02), tall)
        self.line(stem, 7 * self.unit)
        kind = dice.randrange(4)
        if kind == 0:
            self.fern(stem, tall)
        elif kind == 1:
            self.leaves(stem, tall, 0.13)
            self.umbel(stem, tall * 0.16)
        elif kind == 2:
            self.leaves(stem, tall, 0.10)
            self.bells(stem, tall)
        else:
            self.leaves(stem[: len(stem) // 2], tall, 0.16)
            self.daisy(stem[-1], tall * 0.085)

    def stem(self, foot: Point, tall: float) -> list[Point]:
        """Return a stem that leans and bends a little on its way up."""
        x, y = foot
        angle = -math.pi / 2 + self.dice.uniform(-0.16, 0.16)
        bend = self.dice.uniform(-0.007, 0.007)
        points = []
        for _ in range(90):
            points.append((x, y))
            x += math.cos(angle) * tall / 90
            y += math.sin(angle) * tall / 90
            angle += bend + self.dice.uniform(-0.008, 0.008)
        return points

    def line(self, points: list[Point], thick: float) -> None:
        """Draw a line that tapers to its end."""
        last = len(points) - 1
        for index in range(last):
            wide = max(2, round(thick * (1 - 0.7 * index / last)))
            self.draw.line([points[index], points[index + 1]], self.ink, wide)

    def leaf(self, foot: Point, angle: float, length: float, plump: float) -> None:
        """Draw one leaf with its middle vein left light."""
        x, y = foot
        curl = self.dice.uniform(-0.25, 0.25)
        left, right, vein = [], [], []
        for step in range(17):
            share = step / 16
            turn = angle + curl * share
            px, py = (
                x + math.cos(turn) * length * share,
                y + math.sin(turn) * length * share,
            )
            wide = length * plump * math.sin(math.pi * share**0.8) ** 1.1
            dx, dy = -math.sin(turn) * wide, math.cos(turn) * wide
            left.append((px + dx, py + dy))
            right.append((px - dx, py - dy))
            vein.append((px, py))
        tone = mix(self.ink, (255, 255, 255), self.dice.uniform(0.0, 0.22))
        self.draw.polygon(left + right[::-1], fill=tone)
        pale = mix(tone, (255, 255, 255), 0.35)
        self.draw.line(vein[:-2], pale, max(2, round(2 * self.unit)))

    def leaves(self, stem: list[Point], tall: float, length: float) -> None:
        """Set leaves to both sides of a stem, smaller towards the top."""
        for index in range(12, len(stem) - 6, self.dice.choice((6, 8, 11))):
            share = index / len(stem)
            side = 1 if (index // 2) % 2 else -1
            angle = -math.pi / 2 + side * self.dice.uniform(0.6, 1.0)
            size = tall * length * (1.1 - 0.75 * share) * self.dice.uniform(0.8, 1.1)
            self.leaf(stem[index], angle, size, 0.17)

    def fern(self, stem: list[Point], tall: float) -> None:
        """Set fronds to both sides, each a row of small leaves."""
        for index in range(18, len(stem), 4):
            share = (index - 18) / (len(stem) - 18)
            length = (
                tall * 0.20 * (1 - share) ** 0.8 * (0.55 + 0.45 * min(1, share * 5))
            )
            for side in (-1, 1):
                self.frond(stem[index], side, length + 4)

    def frond(self, foot: Point, side: int, length: float) -> None:
        """Draw one frond of a fern."""
        angle = -math.pi / 2 + side * 1.15
        x, y = foot
        count = max(3, round(length / (13 * self.unit)))
        for step in range(count):
            share = step / count
            spot = (
                x + math.cos(angle) * length * share,
                y + math.sin(angle) * length * share,
            )
            small = length * 0.26 * (1 - share) + 5 * self.unit
            for turn in (-0.95, 0.95):
                self.leaf(spot, angle + turn, small, 0.2)
            angle -= side * 0.25 / count

    def umbel(self, stem: list[Point], reach: float) -> None:
        """Draw an umbrella of fine stalks, each with its own small one."""
        x, y = stem[-1]
        for ray in range(15):
            angle = -math.pi / 2 + (ray - 7) * 0.155 + self.dice.uniform(-0.04, 0.04)
            far = reach * self.dice.uniform(0.85, 1.0)
            tip = (x + math.cos(angle) * far, y + math.sin(angle) * far)
            self.draw.line([(x, y), tip], self.ink, max(2, round(3 * self.unit)))
            for _ in range(11):
                turn, away = self.dice.uniform(0, math.tau), reach * 0.13
                away *= self.dice.random() ** 0.5
                self.dot(
                    (tip[0] + math.cos(turn) * away, tip[1] + math.sin(turn) * away),
                    reach * 0.022,
                )

    def dot(self, at: Point, reach: float) -> None:
        """Draw one seed or floret."""
        x, y = at
        tone = mix(self.blossom, (255, 255, 255), self.dice.uniform(0, 0.35))
        self.draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=tone)

    def bells(self, stem: list[Point], tall: float) -> None:
        """Hang drops of blossom along the upper half."""
        for index in range(len(stem) // 2, len(stem), 2):
            share = (index - len(stem) / 2) / (len(stem) / 2)
            side = 1 if (index // 2) % 2 else -1
            reach = tall * 0.030 * (1.15 - 0.8 * share)
            ink, self.ink = self.ink, self.blossom
            self.leaf(
                stem[index], -math.pi / 2 + side * (1.7 - share), reach * 2.4, 0.3
            )
            self.ink = ink

    def daisy(self, center: Point, reach: float) -> None:
        """Draw an open flower head, seen a little from the side."""
        x, y = center
        count = self.dice.randrange(11, 17)
        ink, self.ink = self.ink, self.blossom
        for petal in range(count):
            angle = petal * math.tau / count + self.dice.uniform(-0.08, 0.08)
            self.leaf((x, y), angle, reach * (0.9 + 0.25 * math.sin(angle)), 0.13)
        self.ink = ink
        core = reach * 0.24
        self.draw.ellipse((x - core, y - core, x + core, y + core), fill=self.ink)
