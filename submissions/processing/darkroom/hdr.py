"""Pictures brighter than paper white, brought to what an ordinary screen can show.

PQ and HLG are the curves of ITU-R BT.2100. What is brighter than white is made darker
by the curve of SMPTE ST 2094-50 for pictures that bring none of their own, which is
what Chromium applies.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PIL import Image, ImageMath

from submissions.processing.darkroom.spaces import (
    PLACES,
    SRGB_PLACES,
    Places,
    Row,
    inverse,
    primaries_of,
    times,
)

# In candela per square meter: white, and the brightest of a picture that says nothing.
WHITE, BRIGHTEST, PQ_BRIGHTEST = 203.0, 1000.0, 10_000.0
# Code points of the primaries in which brightness is measured, and its shares there.
WIDE, SHARES = 9, (0.2627, 0.6780, 0.0593)
HLG_POWER = 0.2
# How many pixels are converted at once; each takes a hundred bytes meanwhile.
AT_ONCE = 500_000
# How far the curve follows its first direction.
BEND = 0.65


def from_pq(sample: float) -> float:
    """Return the light of a PQ sample, 1 for white."""
    root = sample ** (32 / 2523)
    light = max(root - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * root)
    return float(light ** (16_384 / 2610)) * PQ_BRIGHTEST / WHITE


def from_hlg(sample: float) -> float:
    """Return the light of an HLG sample as the camera saw it, 1 for the brightest."""
    if sample <= 0.5:
        return sample * sample / 3
    return (math.exp((sample - 0.55991073) / 0.17883277) + 0.28466892) / 12


# Code points of the curves, from a sample to light.
CURVES: dict[int, Callable[[float], float]] = {16: from_pq, 18: from_hlg}
HLG = 18


@dataclass(frozen=True)
class BrightSpace:
    """A color space brighter than white, and the brightest light of the picture."""

    places: Places
    curve: int
    brightest: float

    def converted(self, image: Image.Image) -> Image.Image:
        """Return a picture in RGB converted to sRGB."""
        whole = Image.new("RGB", image.size)
        height = max(1, AT_ONCE // image.width)
        for top in range(0, image.height, height):
            box = (0, top, image.width, min(top + height, image.height))
            whole.paste(self.part(image.crop(box)), box)
        return whole

    def part(self, image: Image.Image) -> Image.Image:
        levels = [CURVES[self.curve](value / 255) for value in range(256)]
        names = ("red", "green", "blue")
        light = {
            name: channel.point(levels, "F")
            for name, channel in zip(names, image.split(), strict=True)
        }
        factor = ImageMath.lambda_eval(self.factor, **light)
        into_srgb = times(inverse(primaries_of(SRGB_PLACES)), primaries_of(self.places))
        channels = [
            ImageMath.lambda_eval(partial(shown, row), factor=factor, **light)
            for row in into_srgb
        ]
        return Image.merge("RGB", channels)

    def factor(self, given: dict[str, Any]) -> Any:
        """Return what each pixel's light is multiplied with."""
        least, most = given["min"], given["max"]
        into_wide = times(
            inverse(primaries_of(PLACES[WIDE])), primaries_of(self.places)
        )
        red, green, blue = (sum_of(row, given) for row in into_wide)
        strongest = most(most(red, green), blue)
        if self.curve != HLG:
            return self.gain(strongest, least, most)
        brightness = most(red * SHARES[0] + green * SHARES[1] + blue * SHARES[2], 0.0)
        screen = brightness**HLG_POWER * (BRIGHTEST / WHITE)
        return screen * self.gain(strongest * screen, least, most)

    def gain(self, strongest: Any, least: Any, most: Any) -> Any:
        """Return what light is multiplied with, by its strongest primary.

        White becomes up to half as bright, to leave room for what is brighter; from
        there the curve bends until the brightest light of the picture is white.
        """
        headroom = self.brightest / WHITE
        if headroom <= 1:
            return 1.0
        white = 1 - min(1.0, math.log(headroom, BRIGHTEST / WHITE)) / 2
        across, up = 1 - BEND + BEND / white, (1 - BEND) * white + BEND
        line, square = across - 1, 1 - 2 * across + headroom
        bright = most(strongest, 1.0)
        beyond = least(bright, headroom) - 1.0
        place = beyond / ((beyond * square + line * line) ** 0.5 + line)
        rise = place * (2 * (up - white)) + place * place * (white - 2 * up + 1)
        return (rise + white) / bright


def shown(row: Row, given: dict[str, Any]) -> Any:
    """Return one channel of the picture in sRGB."""
    light = sum_of(row, given) * given["factor"]
    light = given["min"](given["max"](light, 0.0), 1.0)
    return given["convert"](sample_of(light), "L")


def sum_of(shares: Row, given: dict[str, Any]) -> Any:
    red, green, blue = given["red"], given["green"], given["blue"]
    return red * shares[0] + green * shares[1] + blue * shares[2]


def sample_of(light: Any) -> Any:
    """Return the samples of sRGB, 0 to 255, for light from 0 to 1."""
    dark = light <= 0.0031308
    curved = light ** (1 / 2.4) * 1.055 - 0.055
    return (curved + dark * (light * 12.92 - curved)) * 255.0 + 0.5
