"""The image formats that the site takes, recognized by content, never by name."""

from __future__ import annotations

# Pillow's name of each media type.
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
# How many first bytes `accepts` needs.
HEAD_BYTES = 12


def accepts(head: bytes) -> str | None:
    """The media type of a file with these first bytes, or None; decoding decides."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    return None
