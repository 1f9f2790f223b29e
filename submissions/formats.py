"""The kinds of pictures that can be entered, told by content and never by name."""

from __future__ import annotations

# Media type to the decoder's name.
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
# How many of the first bytes `accepts` wants to see.
HEAD_BYTES = 12


def accepts(head: bytes) -> str | None:
    """The media type that the first bytes promise, or None; decoding decides."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    return None
