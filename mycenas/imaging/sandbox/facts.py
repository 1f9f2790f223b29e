"""What a file says of itself, collected in bounded texts. Nothing of it is verified."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import Any

TEXTS = (
    "camera",
    "lens",
    "software",
    "created",
    "artist",
    "copyright",
    "generator",
    "profile",
)
FLAGS = ("place", "credentials")
# Values of one kind, and characters of a value.
MOST_VALUES, LONGEST = 3, 200
# Characters of a text in which signs of a generator are looked for.
LONGEST_SEARCHED = 4000
BEFORE_SIGN = 60
# Tags, records and texts of a file that are read, which takes two seconds at most; one
# counts for each `STEP` characters of a text that is searched or unpacked.
MOST_STEPS, STEP = 200_000, 100
# How generators of pictures, and what they write, are called. Each alternative begins
# with a letter: searching takes no longer than the text.
GENERATORS = re.compile(
    r"stable[ -]?diffusion|midjourney|dall[·. -]?e\b|comfyui|automatic1111|novelai"
    r"|invokeai|adobe firefly|chatgpt|\bopenai\b|google ai\b|leonardo\.ai|ideogram"
    r"|craiyon|dreamstudio|nightcafe|\bai[ -]generated\b|algorithmicmedia\b"
    r"|\bsteps: \d+, sampler: ",
    re.IGNORECASE,
)
# Loaded before the sandbox closes the file system.
UTF_16 = {"<": codecs.lookup("utf-16-le"), ">": codecs.lookup("utf-16-be")}


@dataclass
class Facts:
    """The first few different values of each kind."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    exif_blocks: int = 0
    steps: int = 0

    def count_steps(self, steps: int) -> None:
        """Raise ValueError when enough was read: the rest is left out."""
        self.steps += steps
        if self.steps > MOST_STEPS:
            raise ValueError("too much is said")

    def add(self, kind: str, text: str) -> None:
        """Keep a text, unless it is known or there are enough of its kind."""
        line = " ".join(text[:LONGEST_SEARCHED].split())[:LONGEST]
        known = self.texts.get(kind, [])
        if line and line not in known and len(known) < MOST_VALUES:
            self.texts[kind] = [*known, line]

    def add_first(self, kind: str, text: str) -> None:
        """Keep a text if it is the first of its kind."""
        if kind not in self.texts:
            self.add(kind, text)

    def add_searched(self, kind: str, text: str) -> None:
        """Keep a text if it is of a kind, and look for signs of a generator in it."""
        if kind:
            self.add(kind, text)
        self.search(text)

    def search(self, text: str) -> None:
        """Keep the place of a text that names a generator."""
        text = " ".join(text[:LONGEST_SEARCHED].split())
        self.count_steps(1 + len(text) // STEP)
        if sign := GENERATORS.search(text):
            self.add("generator", text[max(0, sign.start() - BEFORE_SIGN) :])

    def add_camera(self, make: str, model: str) -> None:
        """Keep maker and model; many models begin with the name of their maker."""
        make, model = make.strip(), model.strip()
        is_named = model.lower().startswith(make.lower())
        self.add("camera", model if is_named else f"{make} {model}")

    def as_json(self) -> dict[str, Any]:
        return {**self.texts, **dict.fromkeys(sorted(self.flags), True)}


def decoded(value: bytes) -> str:
    """Return text as UTF-8, or as Latin-1 if it is not; NUL separates words."""
    value = value[:LONGEST_SEARCHED].replace(b"\0", b" ")
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        # The last character may have been cut.
        is_cut = error.end == len(value) == LONGEST_SEARCHED
        return value[: error.start].decode() if is_cut else value.decode("latin-1")


def decoded_wide(value: bytes, order: str) -> str:
    """Return UTF-16 of this byte order as text."""
    text, _length = UTF_16[order].decode(value[:LONGEST_SEARCHED], "replace")
    return text.replace("\0", " ")
