"""Refuse headers that present a part, or another coding, of a file as the file itself.

The acknowledgment covers the received bytes, so every such header is refused.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from mycenas.core.http.errors import Refused
from mycenas.uploads.asgi_types import HeaderList

# Fields of a request that make it a part of an upload (resumable uploads of the IETF).
COMPLETE_VALUES = {b"upload-complete": b"?1", b"upload-incomplete": b"?0"}
PART_OF_FILE = (b"upload-checksum", b"upload-concat", b"upload-defer-length")


def check_body_headers(method: str, headers: HeaderList) -> None:
    """Refuse a body that is not the representation itself.

    RFC 9110: 400 for a Content-Range (section 14.5), 415 with the accepted codings for
    a Content-Encoding (section 8.4). PUT and PATCH carry no container.
    """
    for name, raw in headers:
        value = raw.strip().lower()
        if name == b"content-range" or value != COMPLETE_VALUES.get(name, value):
            raise _partial()
        if name == b"transfer-encoding" and value != b"chunked":
            raise _encoded()
        if name == b"content-encoding" and not _is_identity(value):
            raise _encoded({"Accept-Encoding": "identity"})
        bare = method in ("PUT", "PATCH")
        if bare and name == b"content-type" and _is_container(value):
            raise Refused(
                _(
                    "A PUT takes the file's own bytes as its body; its Content-Type "
                    "names a form or another container. Send the picture itself, or "
                    "the form to the entry page."
                ),
                status=415,
                code="wrapped_content",
            )


def check_put_headers(headers: HeaderList, length: int | None) -> None:
    """Refuse a PUT whose tus headers make its body a part of the file (400)."""
    for name, raw in headers:
        value = raw.strip().lower()
        if (
            (name == b"upload-offset" and value != b"0")
            or (name == b"upload-length" and value != str(length).encode())
            or name in PART_OF_FILE
        ):
            raise _partial()


def is_nested(content_type: bytes) -> bool:
    """Whether a part of a form is a container itself."""
    return content_type.strip().lower().startswith((b"multipart/", b"message/"))


def _partial() -> Refused:
    return Refused(
        _(
            "The request says that it carries only a part of a file (Content-Range or "
            "a field of a resumable upload). Send the whole file by PUT or by the "
            "form, or its parts by tus."
        ),
        status=400,
        code="partial_content",
    )


def _encoded(headers: dict[str, str] | None = None) -> Refused:
    return Refused(
        _(
            "The body is compressed or encoded (Content-Encoding or "
            "Transfer-Encoding). Send the bytes as they are, without an encoding."
        ),
        status=415,
        code="encoded_content",
        headers=headers,
    )


def _is_container(content_type: bytes) -> bool:
    kind = content_type.split(b";")[0].strip()
    return is_nested(kind) or kind == b"application/json"


def _is_identity(codings: bytes) -> bool:
    return all(coding.strip() in (b"", b"identity") for coding in codings.split(b","))
