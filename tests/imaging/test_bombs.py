"""Small files that ask for much: each ends at once, within its memory."""

from __future__ import annotations

import functools
import io
import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mycenas.imaging.formats import accepts
from mycenas.imaging.rendering import PROJECT
from submissions.models import Submission
from submissions.processing import workflow
from submissions.states import SubmissionState as S
from tests.factories import SubmissionFactory

MIB = 1024**2
# What a bomb unfolds to, and what the child may take for it.
HUGE, ENOUGH = 288 * MIB, 256 * MIB
SIGNATURE = b"\x89PNG\r\n\x1a\n"
# A process of its own, so that the largest child counts and nobody else's.
DEVELOP = """
import json, resource, sys
from pathlib import Path
sys.path.append(sys.argv[1])
from mycenas.imaging.rendering import DecoderDied, UnreadableImage, render
try:
    render(Path(sys.argv[2]), Path(sys.argv[2]).parent / "out")
    end = "rendered"
except UnreadableImage as fault:
    end = fault.code
except DecoderDied:
    end = "died"
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
print(json.dumps({"end": end, "peak": peak}))
"""


def chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


@functools.cache
def zeros(count: int) -> bytes:
    """So many zeros, deflated: one deflated mebibyte, again and again."""
    packer = zlib.compressobj(9, wbits=-15)
    many, rest = divmod(count, MIB)
    block = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    end = packer.compress(bytes(rest)) + packer.flush()
    # The checksum of zeros (Adler-32): a sum that stays 1, and how often it was added.
    check = struct.pack(">HH", count % 65_521, 1)
    return b"\x78\xda" + block * many + end + check


def png(width: int, height: int, *more: bytes, body: bytes = b"") -> bytes:
    """A PNG of three times eight bits, with these chunks before its pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", body or zeros(height * (1 + 3 * width)))
    return SIGNATURE + header + b"".join(more) + pixels + chunk(b"IEND", b"")


def large_png() -> bytes:
    return png(30_000, 30_000, body=zeros(64 * 1024 * 1024))


def large_jpeg() -> bytes:
    """A good picture whose header then tells of four billion pixels."""
    out = io.BytesIO()
    Image.new("RGB", (16, 16), "teal").save(out, "JPEG")
    data = bytearray(out.getvalue())
    sides = data.index(b"\xff\xc0") + 5
    data[sides : sides + 4] = struct.pack(">HH", 65_500, 65_500)
    return bytes(data)


def large_webp() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (1, 2, 3, 4)).save(out, "WEBP")
    data = bytearray(out.getvalue())
    data[24:30] = (16_382).to_bytes(3, "little") * 2
    return bytes(data)


def text_png() -> bytes:
    """Far too much text in a chunk."""
    return png(8, 8, chunk(b"zTXt", b"Comment\0\0" + zeros(HUGE)))


def profile_png() -> bytes:
    """Far too much color profile in a chunk."""
    return png(8, 8, chunk(b"iCCP", b"profile\0\0" + zeros(HUGE)))


def more_pixels_than_told_png() -> bytes:
    """Eight by eight pixels, and the data of many more."""
    return png(8, 8, body=zeros(HUGE))


def long_animation() -> bytes:
    """The places of ten thousand frames after a still."""
    still = png(8, 8, chunk(b"acTL", struct.pack(">II", 10_000, 0)))
    places = (struct.pack(">5IHHBB", n, 8, 8, 0, 0, 1, 10, 0, 0) for n in range(10_000))
    frames = b"".join(chunk(b"fcTL", place) for place in places)
    return still[:-12] + frames + still[-12:]


def many_frames() -> bytes:
    """Really three hundred frames."""
    frames = [Image.new("RGB", (64, 64), (n % 256, 0, 0)) for n in range(300)]
    out = io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    return out.getvalue()


BOMBS: list[tuple[Callable[[], bytes], str]] = [
    (large_png, "too_many_pixels"),
    (large_jpeg, "too_many_pixels"),
    (large_webp, "too_many_pixels"),
    (text_png, "rendered"),
    (profile_png, "rendered"),
    (more_pixels_than_told_png, "rendered"),
    (long_animation, "animated"),
    (many_frames, "animated"),
]


def rendered(folder: Path, data: bytes) -> dict[str, Any]:
    """How the file ended, and the memory that it took at most."""
    path = folder / "original"
    path.write_bytes(data)
    command = [sys.executable, "-c", DEVELOP, str(PROJECT), str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(said)
    return found


@pytest.mark.parametrize(("bomb", "end"), BOMBS)
def test_a_bomb_takes_little_memory(tmp_path, bomb, end):
    data = bomb()
    assert len(data) < 2 * 1024 * 1024
    found = rendered(tmp_path, data)
    assert found["end"] == end
    assert found["peak"] < ENOUGH


def test_memory_is_really_measured(tmp_path):
    """The control: many pixels, not yet too many, take more."""
    found = rendered(tmp_path, png(8_000, 7_000))
    assert found["end"] == "rendered"
    assert found["peak"] > ENOUGH


@pytest.mark.django_db
@pytest.mark.parametrize("bomb", [large_png, large_jpeg, large_webp, long_animation])
def test_a_bomb_is_held_at_its_first_attempt(bomb):
    entry = SubmissionFactory(state=S.RECEIVED, data=bomb())
    workflow.process(entry.pk)
    entry = Submission.objects.get(pk=entry.pk)
    assert (entry.state, entry.attempt) == (S.QUARANTINED, 1)
    assert "the limit is" in entry.fault or "frames" in entry.fault


@pytest.mark.parametrize(
    "head", [b"GIF89a" + bytes(9), b"II*\0" + bytes(9), b"\x1f\x8b\x08" + bytes(9)]
)
def test_bombs_of_other_kinds_do_not_come_in(head):
    assert accepts(head) is None
