"""Tone mapping of HDR images to sRGB.

PQ and HLG are the transfer functions of ITU-R BT.2100. The tone curve is that of SMPTE
ST 2094-50 for images without one of their own, as in Chromium.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PIL import Image, ImageMath

from mycenas.imaging.sandbox.color_spaces import (
    CHROMATICITIES,
    SRGB_CHROMATICITIES,
    Matrix,
    Row,
    inverse,
    primaries_of,
    times,
)
from mycenas.imaging.sandbox.steps import MOST_COMPUTED, Step, by_table

# In candela per square meter: reference white, and the defaults of the largest.
WHITE, BRIGHTEST, PQ_BRIGHTEST = 203.0, 1000.0, 10_000.0
# Code point of BT.2020 primaries, and their shares of luminance.
WIDE, SHARES = 9, (0.2627, 0.6780, 0.0593)
HLG_POWER = 0.2
# Position of the control point of the tone curve.
BEND = 0.65


def from_pq(sample: Any, most: Any) -> Any:
    """Return the linear light of PQ samples, 1 for reference white."""
    root = sample ** (32 / 2523)
    light = most(root - 3424 / 4096, 0.0) / (2413 / 128 - root * (2392 / 128))
    return light ** (16_384 / 2610) * (PQ_BRIGHTEST / WHITE)


def from_hlg(sample: Any, _most: Any) -> Any:
    """Return the scene light of HLG samples, 1 for the largest."""
    dark = sample * sample / 3.0
    bright = (math.e ** ((sample - 0.55991073) / 0.17883277) + 0.28466892) / 12.0
    return dark + (sample > 0.5) * (bright - dark)


# Transfer functions by code point, of images from 0 to 1.
CURVES: dict[int, Callable[[Any, Any], Any]] = {16: from_pq, 18: from_hlg}
HLG = 18


@dataclass(frozen=True)
class HdrSpace:
    """An HDR color space, and the largest luminance of the image.

    The primaries are a matrix from linear light to XYZ under D50.
    """

    primaries: Matrix
    curve: int
    brightest: float

    def step(self, pixels: int) -> Step:
        """Return the step to sRGB, for an image of so many pixels."""
        return self.exact if pixels <= MOST_COMPUTED else by_table(self.exact)

    def exact(self, image: Image.Image) -> Image.Image:
        """Return an image in RGB or RGBA converted to sRGB.

        Browsers store colors multiplied by alpha in eight bits, and divide them again
        before they apply the curve, which makes much of the rounding.
        """
        *channels, alpha = image.convert("RGBA").convert("RGBa").split()
        light = {
            name: ImageMath.lambda_eval(self.light, sample=channel, alpha=alpha)
            for name, channel in zip(("red", "green", "blue"), channels, strict=True)
        }
        factor = ImageMath.lambda_eval(self.factor, **light)
        into_srgb = times(inverse(primaries_of(SRGB_CHROMATICITIES)), self.primaries)
        shares = [
            ImageMath.lambda_eval(partial(shown, row), factor=factor, **light)
            for row in into_srgb
        ]
        return Image.merge(image.mode, (*shares, alpha)[: len(image.mode)])

    def light(self, given: dict[str, Any]) -> Any:
        """Return the light of one channel that was multiplied by alpha."""
        number, most = given["float"], given["max"]
        samples = number(given["sample"]) / most(number(given["alpha"]), 1.0)
        return CURVES[self.curve](samples, most)

    def factor(self, given: dict[str, Any]) -> Any:
        """Return the factor for the light of each pixel."""
        least, most = given["min"], given["max"]
        into_wide = times(inverse(primaries_of(CHROMATICITIES[WIDE])), self.primaries)
        red, green, blue = (sum_of(row, given) for row in into_wide)
        strongest = most(most(red, green), blue)
        if self.curve != HLG:
            return self.gain(strongest, least, most)
        brightness = most(red * SHARES[0] + green * SHARES[1] + blue * SHARES[2], 0.0)
        screen = brightness**HLG_POWER * (BRIGHTEST / WHITE)
        return screen * self.gain(strongest * screen, least, most)

    def gain(self, strongest: Any, least: Any, most: Any) -> Any:
        """Return the tone mapping factor for the strongest primary.

        Reference white is darkened by up to half, to leave room for highlights; from
        there the curve reaches white at the largest luminance of the image.
        """
        headroom = self.brightest / WHITE
        if headroom <= 1:
            return 1.0
        white = 1 - min(1.0, math.log(headroom, BRIGHTEST / WHITE)) / 2
        across, up = 1 - BEND + BEND / white, (1 - BEND) * white + BEND
        line, square = across - 1, 1 - 2 * across + headroom
        bright = most(strongest, 1.0)
        beyond = least(bright, headroom) - 1.0
        t = beyond / ((beyond * square + line * line) ** 0.5 + line)
        rise = t * (2 * (up - white)) + t * t * (white - 2 * up + 1)
        return (rise + white) / bright


def shown(row: Row, given: dict[str, Any]) -> Any:
    """Return one sRGB channel of the image."""
    light = sum_of(row, given) * given["factor"]
    light = given["min"](given["max"](light, 0.0), 1.0)
    return given["convert"](sample_of(light), "L")


def sum_of(shares: Row, given: dict[str, Any]) -> Any:
    red, green, blue = given["red"], given["green"], given["blue"]
    return red * shares[0] + green * shares[1] + blue * shares[2]


def sample_of(light: Any) -> Any:
    """Return the sRGB samples, 0 to 255, of linear light from 0 to 1."""
    dark = light <= 0.0031308
    curved = light ** (1 / 2.4) * 1.055 - 0.055
    return (curved + dark * (light * 12.92 - curved)) * 255.0 + 0.5
