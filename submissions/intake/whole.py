"""Headers that would present a part, or another coding of a file, as the file itself.

An acknowledgment is for the bytes that came, so every such header is refused.
"""

from __future__ import annotations

from submissions.intake.asgi_types import HeaderList
from submissions.intake.refusals import TurnedAway, gettext_noop

PARTIAL = gettext_noop(
    "The request says that it carries only a part of a file (Content-Range or a field "
    "of a resumable upload). Send the whole file by PUT or by the form, or its parts "
    "by tus."
)
ENCODED = gettext_noop(
    "The body is compressed or encoded (Content-Encoding or Transfer-Encoding). Send "
    "the bytes as they are, without an encoding."
)
WRAPPED = gettext_noop(
    "A PUT takes the file's own bytes as its body; its Content-Type names a form or "
    "another container. Send the picture itself, or the form to the entry page."
)
# Fields of a request that make it a part of an upload (resumable uploads of the IETF).
UNFINISHED = {b"upload-complete": b"?1", b"upload-incomplete": b"?0"}


def check_request(method: str, headers: HeaderList) -> None:
    """Refuse any body that is not the thing itself; raises TurnedAway.

    RFC 9110: 400 for a Content-Range (section 14.5), 415 with the accepted codings for
    a Content-Encoding (section 8.4). PUT and PATCH carry no container.
    """
    for name, value in headers:
        said = value.strip().lower()
        if name == b"content-range" or said != UNFINISHED.get(name, said):
            raise TurnedAway(400, "partial_content", PARTIAL)
        if name == b"transfer-encoding" and said != b"chunked":
            raise TurnedAway(415, "encoded_content", ENCODED)
        if name == b"content-encoding" and not _is_identity(said):
            refusal = TurnedAway(415, "encoded_content", ENCODED)
            refusal.headers.append((b"accept-encoding", b"identity"))
            raise refusal
        bare = method in ("PUT", "PATCH")
        if bare and name == b"content-type" and _is_container(said):
            raise TurnedAway(415, "wrapped_content", WRAPPED)


def check_put(headers: HeaderList, length: int | None) -> None:
    """Refuse a PUT whose tus headers make its body a part (400)."""
    for name, value in headers:
        said = value.strip().lower()
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


def _is_identity(codings: bytes) -> bool:
    return all(coding.strip() in (b"", b"identity") for coding in codings.split(b","))
