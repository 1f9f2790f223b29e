"""From an untouched original to the renditions that pages show.

No decoder runs in this process: `develop` starts `darkroom` as a child with limits
on memory, processor time, wall clock and pixels, with its own files open and without
any others, without network and without other processes. Works for entries and for
sponsors' creatives alike: a path goes in, facts and WebP files come out.
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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from submissions.formats import FORMATS, HEAD_BYTES, accepts

logger = logging.getLogger(__name__)

# Width classes of the renditions in pixels, widest first.
WIDTHS = (1920, 960, 320)

# An isolated interpreter finds nothing of the project until it is told where.
PROJECT = Path(__file__).resolve().parents[2]
BOOTSTRAP = """
import runpy, sys
sys.path.append(sys.argv.pop(1))
runpy.run_module("submissions.processing.darkroom", run_name="__main__")
"""
# Longest answer that is read from the child, in bytes.
LONGEST_ANSWER = 64 * 1024


def gettext_noop(text: str) -> str:
    """Mark a sentence for translation; the page that shows it translates."""
    return text


# One sentence for each fault; parameters are filled in after translation.
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
    "animated": gettext_noop(
        "The picture is animated, it has %(frames)s frames; only stills (1 frame) "
        "can be shown without changing the work. Save one frame and enter that."
    ),
}


@dataclass(frozen=True)
class Limits:
    """What one child may use.

    The defaults belong together: a WebP takes 17 bytes of memory per pixel and
    three times its file while it is decoded, every other kind at most 10 bytes, so
    `memory_bytes` covers what `max_pixels` lets through, files to 100 MiB included.
    """

    max_pixels: int = 100_000_000
    memory_bytes: int = 2 * 1024**3
    cpu_seconds: int = 30
    wall_seconds: int = 60
    open_files: int = 64


@dataclass(frozen=True)
class Rendition:
    """One WebP file: width class, real size in pixels and bytes, SHA-256."""

    width_class: int
    path: Path
    width: int
    height: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Picture:
    """What was learned of an original; width and height as it is looked at.

    `dhash` is a signed 64-bit number; pictures that look alike differ in few bits.
    """

    media_type: str
    width: int
    height: int
    dhash: int
    renditions: tuple[Rendition, ...]


class Unreadable(Exception):
    """The file itself is at fault; trying again cannot help.

    `code` is a key of `SENTENCES`; `parameters` fills that sentence.
    """

    def __init__(self, code: str, parameters: dict[str, int] | None = None) -> None:
        self.code = code
        self.parameters = parameters or {}
        super().__init__(code, self.parameters)

    @property
    def sentence(self) -> str:
        """Say in English what was wrong, the limit, the value, and what to do."""
        return SENTENCES[self.code] % self.parameters

    def __str__(self) -> str:
        return self.sentence


class DecoderDied(Exception):
    """The child was killed or broke off; another try may help."""


def develop(original: Path, into: Path, *, limits: Limits | None = None) -> Picture:
    """Decode `original` in a child and write its renditions into the folder `into`.

    The folder is made when missing; the original is only read. Each width class
    is always present, a small original yields it at its own size.

    Raises `Unreadable` when the file is at fault, `DecoderDied` when the child was
    killed by a limit or broke off, `OSError` when the original cannot be opened.
    """
    with original.open("rb") as file:
        media_type = accepts(file.read(HEAD_BYTES))
    if media_type is None:
        raise Unreadable("not_a_picture")
    into.mkdir(parents=True, exist_ok=True)
    limits = limits or Limits()
    request = {
        "original": str(original.resolve()),
        "into": str(into.resolve()),
        "format": FORMATS[media_type],
        "widths": WIDTHS,
        "limits": asdict(limits),
    }
    answer = ask(json.dumps(request), into, limits.wall_seconds)
    return read_answer(answer, media_type, into)


def limits_not_kept() -> list[str]:
    """Ask a child without a picture which limits this system does not keep, and why."""
    limits = Limits()
    with tempfile.TemporaryDirectory() as folder:
        request = json.dumps({"limits": asdict(limits)})
        answer = json.loads(ask(request, Path(folder), limits.wall_seconds))
    return [str(words) for words in answer["refused"]]


def ask(request: str, folder: Path, wall_seconds: float) -> bytes:
    """Run the child to its end and return the line it printed."""
    python = [sys.executable, "-I", "-W", "ignore", "-c", BOOTSTRAP]
    command = [*python, str(PROJECT), request]
    # Files, not pipes: a child gone wild cannot fill this process's memory.
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
        code = wait(process, wall_seconds)
        if code:
            raise DecoderDied(f"{reason(code)}: {tail(errors)}")
        out.seek(0)
        return out.read(LONGEST_ANSWER)


def wait(process: subprocess.Popen[bytes], wall_seconds: float) -> int:
    """Return the child's exit code; kill its whole group when time is up.

    The group is also killed when this process is interrupted meanwhile.
    """
    try:
        return process.wait(timeout=wall_seconds)
    except subprocess.TimeoutExpired:
        raise DecoderDied(f"took more than {wall_seconds} seconds") from None
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def reason(code: int) -> str:
    """Put an exit code into words."""
    if code > 0:
        return f"exit code {code}"
    return f"killed by {signal.Signals(-code).name}"


def tail(errors: IO[bytes]) -> str:
    """Return the last line that the child complained with."""
    end = errors.seek(0, os.SEEK_END)
    errors.seek(max(0, end - LONGEST_ANSWER))
    lines = errors.read().decode(errors="replace").splitlines()
    return lines[-1] if lines else "no message"


def read_answer(line: bytes, media_type: str, into: Path) -> Picture:
    """Check what the child said and return it as a picture.

    Nothing is taken on trust: a child overpowered by its input may say anything.
    """
    try:
        answer = json.loads(line)
        say_refused(tuple(answer["refused"]))
        if "unreadable" in answer:
            raise unreadable(answer["unreadable"])
        facts = answer["picture"]
        renditions = tuple(
            read_rendition(fact, width, into)
            for fact, width in zip(facts["renditions"], WIDTHS, strict=True)
        )
        return Picture(
            media_type=media_type,
            width=whole(facts["width"], 1, 2**31),
            height=whole(facts["height"], 1, 2**31),
            dhash=whole(facts["dhash"], -(2**63), 2**63),
            renditions=renditions,
        )
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise DecoderDied(f"answered nonsense: {error!r}") from error


@functools.cache
def say_refused(limits: tuple[str, ...]) -> None:
    """Warn once, by its first picture, of limits that this system does not keep."""
    if limits:
        words = "; ".join(limits)[:400]
        logger.warning("Pictures are decoded without these limits: %s", words)


def unreadable(fault: dict[str, Any]) -> Unreadable:
    """Return the child's refusal, once its sentence is known to be complete."""
    parameters = {
        str(name): whole(value, 0, 2**63) for name, value in fault["parameters"].items()
    }
    refusal = Unreadable(fault["code"], parameters)
    if not refusal.sentence:
        raise ValueError(refusal.code)
    return refusal


def read_rendition(fact: dict[str, Any], width_class: int, into: Path) -> Rendition:
    """Return one rendition whose file is really there, in the size stated."""
    path = into / f"{width_class}.webp"
    size = path.lstat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if accepts(head) != "image/webp" or size != fact["size"]:
        raise ValueError(f"{path.name} is not the file announced")
    return Rendition(
        width_class=width_class,
        path=path,
        width=whole(fact["width"], 1, width_class + 1),
        height=whole(fact["height"], 1, 2**14),
        size=size,
        sha256=sha256,
    )


def whole(value: object, low: int, high: int) -> int:
    """Return a whole number from `low` up to, not including, `high`."""
    if not isinstance(value, int) or not low <= value < high:
        raise ValueError(f"{value!r} is not a number from {low} to {high}")
    return value
