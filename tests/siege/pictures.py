"""Pictures that nobody else has, small and quick, some of them broken on purpose."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

GOOD, BROKEN, FOREIGN = "good", "broken", "foreign"
# Of a hundred works: what can be shown, what cannot, and what is no picture at all.
KINDS = (GOOD,) * 84 + (BROKEN,) * 10 + (FOREIGN,) * 6
SIDES = (16, 48, 96, 240, 400)


@dataclass(frozen=True)
class Work:
    """One file to be entered, with what becomes of it if all goes well."""

    key: str
    kind: str
    name: str
    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def make(dice: random.Random, key: str, kinds: Sequence[str] = KINDS) -> Work:
    """A new work; its bytes come from the dice alone."""
    kind = dice.choice(kinds)
    if kind == FOREIGN:
        return Work(key, kind, "work.jpg", dice.randbytes(dice.randrange(1, 4000)))
    # The first third of a tiny one holds nothing but a head that many have.
    data = picture(dice, SIDES[kind == BROKEN :])
    if kind == BROKEN:
        data = data[: dice.randrange(len(data) // 3, len(data) // 2)]
    return Work(key, kind, "work.png" if data[:1] == b"\x89" else "work.jpg", data)


def picture(dice: random.Random, sides: Sequence[int]) -> bytes:
    """Noise, so that even small sides make many bytes; JPEG or PNG."""
    side = dice.choice(sides)
    image = Image.frombytes("RGB", (side, side), dice.randbytes(side * side * 3))
    out = io.BytesIO()
    image.save(out, dice.choice(("JPEG", "PNG")), quality=90, compress_level=1)
    return out.getvalue()
