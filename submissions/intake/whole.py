"""Headers that would present a part, or another coding of a file, as the file itself.

An acknowledgment is for the bytes that came, so every such header is refused.
"""

from __future__ import annotations

from submissions.intake.asgi_types import HeaderList
from submissions.intake.refusals import TurnedAway, gettext_noop

PARTIAL = gettext_noop(
    "The request says that it carries only a part of a file or message. Send the "
    "whole file by PUT or by the form, or its pieces by tus."
)
ENCODED = gettext_noop(
    "The body is compressed or encoded by its Transfer-Encoding. "
    "Send the bytes as they are, without an encoding."
)
WRAPPED = gettext_noop(
    "A PUT takes the file's own bytes as its body; its Content-Type names a form or "
    "another container. Send the picture itself, or the form to the entry page."
)
# Fields of a request that make it a part of an upload (resumable uploads of the IETF).
UNFINISHED = {b"upload-complete": b"?1", b"upload-incomplete": b"?0"}


def check_request(headers: HeaderList) -> None:
    """For every body: refuse unfinished uploads (400) and transfer codings (415)."""
    for name, value in headers:
        said = value.strip().lower()
        if name in UNFINISHED and said != UNFINISHED[name]:
            raise TurnedAway(400, "partial_content", PARTIAL)
        if name == b"transfer-encoding" and said != b"chunked":
            raise TurnedAway(415, "encoded_content", ENCODED)


def check_put(headers: HeaderList, length: int | None) -> None:
    """For a whole file as a body: refuse containers (415) and pieces (400)."""
    for name, value in headers:
        said = value.strip().lower()
        if name == b"content-type" and _is_container(said):
            raise TurnedAway(415, "wrapped_content", WRAPPED)
        piece = (
            (name == b"upload-offset" and said != b"0")
            or (name == b"upload-length" and said != str(length).encode())
            or name in (b"upload-checksum", b"upload-concat", b"upload-defer-length")
        )
        if piece:
            raise TurnedAway(400, "partial_content", PARTIAL)


def is_nested(content_type: bytes) -> bool:
    """Whether a part of a form is a container itself."""
    return content_type.strip().lower().startswith((b"multipart/", b"message/"))


def _is_container(content_type: bytes) -> bool:
    kind = content_type.split(b";")[0].strip()
    return is_nested(kind) or kind == b"application/json"
