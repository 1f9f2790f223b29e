"""Read what a file says of itself, in the sandboxed child, without its pixels."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from mycenas.imaging.formats import FORMATS, HEAD_BYTES, accepts
from mycenas.imaging.metadata import Metadata, checked_metadata
from mycenas.imaging.rendering import (
    DecoderDied,
    DecoderLimits,
    UnreadableImage,
    run_child,
)

# Metadata are bounded, so reading them needs little.
LIMITS = DecoderLimits(memory_bytes=512 * 1024**2, cpu_seconds=10, wall_seconds=20)


def describe(original: Path) -> Metadata:
    """Return the same metadata as `mycenas.imaging.rendering.render`.

    Raises `UnreadableImage` if the file is of no known format, `DecoderDied` if the
    child failed.
    """
    with original.open("rb") as file:
        media_type = accepts(file.read(HEAD_BYTES))
    if media_type is None:
        raise UnreadableImage("not_a_picture")
    with tempfile.TemporaryDirectory(prefix="mycenas-") as folder:
        request = {
            "original": str(original.resolve()),
            "into": folder,
            "format": FORMATS[media_type],
            "widths": (),
        }
        line = run_child(request, Path(folder), LIMITS)
    try:
        return checked_metadata(json.loads(line)["metadata"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DecoderDied(f"invalid output: {error!r}") from error
