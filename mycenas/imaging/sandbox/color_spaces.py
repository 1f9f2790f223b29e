"""Color spaces by code point, and ICC profiles for them.

The code points of `cICP` are those of ITU-T H.273.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from mycenas.imaging.sandbox import icc
from mycenas.imaging.sandbox.curves import numbers_of

# x and y of white, red, green and blue.
Chromaticities = Sequence[float]
# Three numbers, and three rows of them.
Row = Sequence[float]
Matrix = Sequence[Row]

# White points: daylight, CIE illuminant C, cinema (DCI).
D65, C, CINEMA = (0.3127, 0.3290), (0.310, 0.316), (0.314, 0.351)
# The primaries of sRGB as browsers count them.
SRGB_PRIMARIES: Matrix = (
    (0.436065674, 0.385147095, 0.143066406),
    (0.222488403, 0.716873169, 0.060607910),
    (0.013916016, 0.097076416, 0.714096069),
)
SRGB_CHROMATICITIES: Chromaticities = (*D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
CHROMATICITIES: dict[int, Chromaticities] = {
    1: SRGB_CHROMATICITIES,
    4: (*C, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (*D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    7: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    8: (*C, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),
    9: (*D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    10: (1 / 3, 1 / 3, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0),
    11: (*CINEMA, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    22: (*D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}


@dataclass(frozen=True)
class Curve:
    """Transfer function from a sample x in 0 to 1 to light.

    `(a * x + b) ** power`, and `c * x` below `d`.
    """

    power: float
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0


# The curve of the display, not of the camera.
TELEVISION = Curve(2.4)
SRGB_CURVE = Curve(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
CURVES: dict[int, Curve] = {
    1: TELEVISION,
    4: Curve(2.2),
    5: Curve(2.8),
    6: TELEVISION,
    7: Curve(1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4, 0.0913),
    8: Curve(1.0),
    11: TELEVISION,
    13: SRGB_CURVE,
    14: TELEVISION,
    15: TELEVISION,
    17: Curve(2.6, (52.37 / 48) ** (1 / 2.6)),
}
# White point of ICC profiles, and the Bradford matrix for adaptation to it.
D50 = (0.96422, 1.0, 0.82521)
CONES: Matrix = (
    (0.8951, 0.2664, -0.1614),
    (-0.7502, 1.7135, 0.0367),
    (0.0389, -0.0685, 1.0296),
)


def profile_of(columns: Sequence[bytes], curves: Sequence[bytes]) -> bytes:
    """Return an ICC profile of the parts for primaries and curves."""
    head = bytes(4) + b"\x04\x30\0\0mntrRGB XYZ " + bytes(12)
    head = (head + b"acsp").ljust(64, b"\0") + fixed(*D50)
    names = (b"wtpt", *icc.COLUMNS, *icc.CURVES)
    parts = dict(zip(names, (triple(*D50), *columns, *curves), strict=True))
    return icc.assembled(head.ljust(icc.HEADER_SIZE - 4, b"\0"), parts)


def columns_of(chromaticities: Chromaticities) -> list[bytes] | None:
    """Return the primaries as parts of a profile; None if not representable."""
    try:
        return [triple(*column) for column in transposed(primaries_of(chromaticities))]
    except (ZeroDivisionError, struct.error):
        return None


def triple(x: float, y: float, z: float) -> bytes:
    return b"XYZ " + bytes(4) + fixed(x, y, z)


def parametric(curve: Curve) -> bytes:
    numbers = fixed(curve.power, curve.a, curve.b, curve.c, curve.d)
    return b"para" + bytes(4) + b"\0\3\0\0" + numbers


def fixed(*values: float) -> bytes:
    """Return numbers in s15Fixed16 format."""
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def matrix_of(columns: Sequence[bytes]) -> Matrix:
    """Return the matrix of the primaries of a profile."""
    return transposed([numbers_of(column[8:20]) for column in columns])


def primaries_of(chromaticities: Chromaticities) -> Matrix:
    """Return the matrix from linear light to XYZ under D50."""
    pairs = zip(chromaticities[::2], chromaticities[1::2], strict=True)
    white, *primaries = ([x, y, 1 - x - y] for x, y in pairs)
    lit = [part * (1 / white[1]) for part in white]
    adapted = times(adaptation(lit), transposed(primaries))
    shares = apply(inverse(adapted), D50)
    return transposed(scaled(transposed(adapted), shares))


def adaptation(white: Row) -> Matrix:
    """Return the matrix that adapts colors from this white point to D50."""
    before, after = apply(CONES, white), apply(CONES, D50)
    ratios = [new / old for new, old in zip(after, before, strict=True)]
    return times(inverse(CONES), scaled(CONES, ratios))


def scaled(matrix: Matrix, factors: Row) -> Matrix:
    """Return the matrix with each row multiplied by its factor."""
    pairs = zip(matrix, factors, strict=True)
    return [[value * factor for value in row] for row, factor in pairs]


def transposed(matrix: Matrix) -> Matrix:
    return list(zip(*matrix, strict=True))


def apply(matrix: Matrix, vector: Row) -> Row:
    x, y, z = vector
    return [a * x + b * y + c * z for a, b, c in matrix]


def times(left: Matrix, right: Matrix) -> Matrix:
    return transposed([apply(left, column) for column in transposed(right)])


def inverse(matrix: Matrix) -> Matrix:
    """Return the inverse; ZeroDivisionError where there is none."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    first = (e * i - f * h, c * h - b * i, b * f - c * e)
    second = (f * g - d * i, a * i - c * g, c * d - a * f)
    third = (d * h - e * g, b * g - a * h, a * e - b * d)
    factor = 1 / (a * first[0] + b * second[0] + c * third[0])
    return scaled((first, second, third), [factor] * 3)
