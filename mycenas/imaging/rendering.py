"""Make WebP renditions of an original in a sandboxed child process.

No decoder runs in this process: `render` starts `mycenas.imaging.sandbox` as a child
with limits on memory, processor time, wall clock and pixels. The child has its own
files open and can open no other, reach no network and start no process.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext_noop

from mycenas.imaging.formats import FORMATS, HEAD_BYTES, accepts
from mycenas.imaging.metadata import Metadata, checked_metadata

logger = logging.getLogger(__name__)

# Width classes of the renditions in pixels, widest first.
WIDTHS = (1920, 960, 320)

# An isolated interpreter does not have the project on its path.
PROJECT = Path(__file__).resolve().parents[2]
BOOTSTRAP = """
import runpy, sys
sys.path.append(sys.argv.pop(1))
runpy.run_module("mycenas.imaging.sandbox", run_name="__main__")
"""
# Most bytes that are read of the child's output.
LONGEST_OUTPUT = 64 * 1024


# One sentence for each code; parameters are filled in after translation.
SENTENCES = {
    "not_a_picture": gettext_noop(
        "The file is not a JPEG, PNG or WebP picture, whatever its name says. "
        "Export the picture in one of these formats and enter that file."
    ),
    "damaged": gettext_noop(
        "The picture is damaged or cut off and cannot be read to its end. "
        "Save it again in the program it was made with and enter the new file."
    ),
    "empty_picture": gettext_noop(
        "The picture measures %(width)s by %(height)s pixels, so it shows nothing. "
        "Export it again with at least one pixel each way."
    ),
    "too_many_pixels": gettext_noop(
        "The picture has %(pixels)s pixels (%(width)s by %(height)s); the limit is "
        "%(limit)s. Make it smaller and enter it again."
    ),
    "too_tall": gettext_noop(
        "The picture measures %(width)s by %(height)s pixels; it may be at most "
        "%(limit)s times as tall as it is wide. Crop it and choose it again."
    ),
    "animated": gettext_noop(
        "The picture is animated, it has %(frames)s frames; only stills (1 frame) "
        "can be shown without changing the work. Save one frame and enter that."
    ),
}


@dataclass(frozen=True)
class DecoderLimits:
    """What one child may use.

    The defaults belong together: decoding a WebP takes 17 bytes of memory per pixel
    and three times its file size, any other format at most 13 bytes per pixel, so
    that `memory_bytes` suffices for `max_pixels` and files of up to 100 MiB. With
    `tallest`, an image is refused that is more than so many times as tall as wide.
    """

    max_pixels: int = 100_000_000
    tallest: int | None = None
    memory_bytes: int = 2 * 1024**3
    cpu_seconds: int = 30
    wall_seconds: int = 60
    open_files: int = 64


@dataclass(frozen=True)
class RenderedFile:
    """One WebP file: width class, actual size in pixels and bytes, SHA-256."""

    width_class: int
    path: Path
    width: int
    height: int
    size: int
    sha256: str


@dataclass(frozen=True)
class RenderedImage:
    """An original's properties and renditions; width and height after rotation.

    `dhash` is a signed 64-bit number; similar images differ in few bits. `metadata` is
    what the original says of itself.
    """

    media_type: str
    width: int
    height: int
    dhash: int
    renditions: tuple[RenderedFile, ...]
    metadata: Metadata = field(default_factory=dict)


class UnreadableImage(Exception):
    """The file is invalid; another attempt cannot help.

    `code` is a key of `SENTENCES`; `parameters` fills that sentence.
    """

    def __init__(self, code: str, parameters: dict[str, int] | None = None) -> None:
        self.code = code
        self.parameters = parameters or {}
        super().__init__(code, self.parameters)

    @property
    def sentence(self) -> str:
        """What is wrong, the limit, the value, and what to do; untranslated."""
        return SENTENCES[self.code] % self.parameters

    def __str__(self) -> str:
        return self.sentence


class DecoderDied(Exception):
    """The child was killed or failed; another attempt may help."""


def render(
    original: Path, into: Path, *, limits: DecoderLimits | None = None
) -> RenderedImage:
    """Decode `original` in a child and write its renditions into the folder `into`.

    Creates the folder and only reads the original. There is a file for each width
    class; an original that is narrower keeps its own size.

    Raises `UnreadableImage` if the file is invalid, `DecoderDied` if a limit killed the
    child or it failed, `OSError` if the original cannot be opened.
    """
    with original.open("rb") as file:
        media_type = accepts(file.read(HEAD_BYTES))
    if media_type is None:
        raise UnreadableImage("not_a_picture")
    into.mkdir(parents=True, exist_ok=True)
    limits = limits or DecoderLimits()
    request = {
        "original": str(original.resolve()),
        "into": str(into.resolve()),
        "format": FORMATS[media_type],
        "widths": WIDTHS,
    }
    return parse_result(run_child(request, into, limits), media_type, into)


def missing_limits() -> list[str]:
    """The limits that this system cannot enforce, with the reasons."""
    with tempfile.TemporaryDirectory() as folder:
        result = json.loads(run_child({}, Path(folder), DecoderLimits()))
    return [str(words) for words in result["refused"]]


def run_child(request: dict[str, Any], folder: Path, limits: DecoderLimits) -> bytes:
    """Run the child and return its output."""
    request = {**request, "limits": asdict(limits)}
    python = [sys.executable, "-I", "-W", "ignore", "-c", BOOTSTRAP]
    command = [*python, str(PROJECT), json.dumps(request)]
    # Files instead of pipes: the child cannot fill this process's memory.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(  # noqa: S603 - our own script, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
            cwd=folder,
            env={"LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
        code = wait(process, limits.wall_seconds)
        if code:
            killed = f"killed by {signal.Signals(-code).name}" if code < 0 else ""
            raise DecoderDied(f"{killed or f'exit code {code}'}: {tail(errors)}")
        out.seek(0)
        return out.read(LONGEST_OUTPUT)


def wait(process: subprocess.Popen[bytes], wall_seconds: float) -> int:
    """Return the child's exit code; kill its process group after `wall_seconds`.

    An exception in this process, such as an interrupt, kills the group too.
    """
    try:
        return process.wait(timeout=wall_seconds)
    except subprocess.TimeoutExpired:
        raise DecoderDied(f"took more than {wall_seconds} seconds") from None
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def tail(errors: IO[bytes]) -> str:
    """Return the last line of the child's errors."""
    end = errors.seek(0, os.SEEK_END)
    errors.seek(max(0, end - LONGEST_OUTPUT))
    lines = errors.read().decode(errors="replace").splitlines()
    return lines[-1] if lines else "no message"


def parse_result(line: bytes, media_type: str, into: Path) -> RenderedImage:
    """Validate the child's output and return it as a rendered image.

    Trust nothing in it: an image may have taken over its decoder.
    """
    try:
        result = json.loads(line)
        warn_missing_limits(tuple(result["refused"]))
        if "unreadable" in result:
            raise unreadable(result["unreadable"])
        facts = result["picture"]
        renditions = tuple(
            read_rendition(fact, width, into)
            for fact, width in zip(facts["renditions"], WIDTHS, strict=True)
        )
        return RenderedImage(
            media_type=media_type,
            width=integer(facts["width"], 1, 2**31),
            height=integer(facts["height"], 1, 2**31),
            dhash=integer(facts["dhash"], -(2**63), 2**63),
            renditions=renditions,
            metadata=checked_metadata(facts["metadata"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise DecoderDied(f"invalid output: {error!r}") from error


@functools.cache
def warn_missing_limits(limits: tuple[str, ...]) -> None:
    """Warn once per process about limits that this system cannot enforce."""
    if limits:
        words = "; ".join(limits)[:400]
        logger.warning("Pictures are decoded without these limits: %s", words)


def unreadable(fault: dict[str, Any]) -> UnreadableImage:
    """Return the child's error, after checking that its sentence is complete."""
    parameters = {
        str(name): integer(value, 0, 2**63)
        for name, value in fault["parameters"].items()
    }
    refusal = UnreadableImage(fault["code"], parameters)
    if not refusal.sentence:
        raise ValueError(refusal.code)
    return refusal


def read_rendition(fact: dict[str, Any], width_class: int, into: Path) -> RenderedFile:
    """Return one rendition after checking its file, size and format."""
    path = into / f"{width_class}.webp"
    size = path.lstat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if accepts(head) != "image/webp" or size != fact["size"]:
        raise ValueError(f"{path.name} is not the file described")
    return RenderedFile(
        width_class=width_class,
        path=path,
        width=integer(fact["width"], 1, width_class + 1),
        height=integer(fact["height"], 1, 2**14),
        size=size,
        sha256=sha256,
    )


def integer(value: object, low: int, high: int) -> int:
    """Return an integer from `low` up to, not including, `high`."""
    if not isinstance(value, int) or not low <= value < high:
        raise ValueError(f"{value!r} is no integer from {low} to {high}")
    return value
