"""What in a request says that its body is not the whole file as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

from mycenas.core.http.errors import ProblemError
from mycenas.uploads.asgi_types import HeaderList

# Fields of a request that make it a part of an upload (resumable uploads of the IETF).
COMPLETE_VALUES = {b"upload-complete": b"?1", b"upload-incomplete": b"?0"}
RANGES = (b"range", b"if-range")
CONTENT_RANGES = (b"content-range", b"x-content-range")
CONTENT_ENCODINGS = (b"content-encoding", b"x-content-encoding")
# Programs that name a URL-encoded form leave out line ends and NUL, or mean no type.
CONTAINERS = (
    b"application/json", b"application/http", b"application/x-www-form-urlencoded",
)  # fmt: skip
# Of mail; HTTP has no such header, so a client that sends it means something by it.
MAIL_ENCODING = b"content-transfer-encoding"
UNCHANGED = (b"7bit", b"8bit", b"binary")
PART_OF_FILE = (b"upload-checksum", b"upload-concat", b"upload-defer-length")
PART_TYPES = (b"application/partial-upload", b"application/offset+octet-stream")
# RFC 3229: the body is a difference.
DELTAS = (b"im", b"delta-base")
# Names of headers, fields and parameters by which clients of other protocols tell which
# part of a file they send: X-Chunk-Number, Dz-Chunk-Index, X-Ms-Range, X-Oss-Position,
# resumableChunkNumber, qqpartindex.
TELLS_PART = re.compile(
    rb"chunk|part-?_?(number|index|byteoffset)|totalparts"
    rb"|(^|[-_])(range|offset|oss-position|segment|fragment|slice|parts?)($|[-_])",
    re.IGNORECASE,
)
# Where they tell it in a value: parameters of a header, and the keys of JSON.
WITH_PARAMETERS = (b"content-type", b"content-disposition")
PARAMETER = re.compile(rb";\s*([^\s;=]+)\s*=")
QUOTED = re.compile(rb'"[^"]*"')
JSON_KEY = re.compile(rb'"([^"]*)"\s*:')
# Names by which they tell how long the whole file is, or was before it was encoded.
TELLS_SIZE = re.compile(
    rb"(content|entity|file|total|upload|object|body|image|original|raw)"
    rb"-?(length|size)$"
)
SIZE = re.compile(rb";\s*size\s*=\s*\"?([0-9]+)", re.IGNORECASE)
# Headers with a digest, which are compared of a PUT and not of a form's part.
DIGESTS = (b"content-digest", b"repr-digest", b"digest", b"content-md5")
# Values of headers of storage services.
STREAMING = (b"x-amz-content-sha256", b"streaming-")
UNFINISHED = (b"x-goog-upload-command", b"finalize")
# Digests of other protocols, which are not compared here, and the value without one.
TELLS_DIGEST = re.compile(rb"checksum|content-(sha|crc)|-hash$|^etag$")
NO_DIGEST = b"unsigned-payload"
# Headers by which programs name another method than that of the request.
METHODS = (b"x-http-method-override", b"x-method-override", b"x-http-method")


def check_body_headers(method: str, headers: HeaderList) -> None:
    """Refuse a body that is not the representation itself.

    RFC 9110: 400 for a Content-Range (section 14.5), 415 with the accepted codings for
    a Content-Encoding (section 8.4). PUT and PATCH carry no container, and a client
    that sends bytes with a Range means a part of them.
    """
    for name, raw in headers:
        value = raw.strip().lower()
        if name in CONTENT_RANGES or value != COMPLETE_VALUES.get(name, value):
            raise partial_content()
        if name in RANGES and method in ("PUT", "PATCH", "POST"):
            raise partial_content()
        if _is_compressed(name, value):
            raise _encoded({"Accept-Encoding": "identity"})
        if _is_encoded(name, value):
            raise _encoded()
        bare = method in ("PUT", "PATCH")
        if bare and name == b"content-type" and _is_container(value):
            raise ProblemError(
                _(
                    "A PUT takes the file's own bytes as its body; its Content-Type "
                    "names a form or another container. Send the picture itself, "
                    "unchanged and with its own type, or the form to the entry page."
                ),
                status=415,
                code="wrapped_content",
            )


def check_put_headers(headers: HeaderList, length: int | None) -> None:
    """Refuse a PUT whose headers make its body a part of the file (400).

    Also one with a digest that is not compared: who sends it counts on it.
    """
    declared = str(length).encode()
    for name, raw in headers:
        value = raw.strip().lower()
        own, *inner = names_in(name, value)
        if _is_part(own, value, declared) or any(map(TELLS_PART.search, inner)):
            raise partial_content()
        if _is_other_digest(name, value):
            raise _other_digest(name)


def _is_part(name: bytes, value: bytes, declared: bytes) -> bool:
    """Whether a header of a PUT of ``declared`` bytes makes its body a part."""
    if name == b"upload-offset":
        is_part = value != b"0"
    elif name == b"content-disposition":
        is_part = bool(set(SIZE.findall(value)) - {declared})
    elif name == b"content-type":
        is_part = value.split(b";")[0].strip() in PART_TYPES
    elif name == UNFINISHED[0]:
        is_part = UNFINISHED[1] not in value
    elif name in METHODS:
        is_part = value != b"put"
    elif TELLS_SIZE.search(name):
        is_part = value != declared
    else:
        is_part = name in PART_OF_FILE or bool(TELLS_PART.search(name))
    return is_part


def names_in(name: bytes, value: bytes) -> list[bytes]:
    """The name of a header or field, and the names within its value."""
    if name in WITH_PARAMETERS:
        return [name, *PARAMETER.findall(QUOTED.sub(b"", value))]
    is_json = value.lstrip().startswith(b"{")
    return [name, *JSON_KEY.findall(value)] if is_json else [name]


def check_form_names(names: Iterable[bytes]) -> None:
    """Refuse a form with a header or field of a file that is sent in parts (400)."""
    if any(map(TELLS_PART.search, names)):
        raise partial_content()


def check_part_header(name: bytes, value: bytes) -> None:
    """Refuse a header (its name in lower case) of an encoded part or with a digest.

    Also one that numbers the part of a file.
    """
    bare = value.strip().lower()
    if name in CONTENT_RANGES or _is_compressed(name, bare) or _is_encoded(name, bare):
        sentence = _(
            "A part of the form is encoded or is a part of a file "
            "(Content-Encoding, Content-Transfer-Encoding or Content-Range). Send "
            "the texts and the file as they are."
        )
        raise ProblemError(sentence, status=400, code="encoded_part")
    if name in DIGESTS or _is_other_digest(name, bare):
        sentence = _(
            "A part of the form has a digest (%(name)s), which is not compared "
            "there. Leave it out, or send the file by PUT with its digest."
        ) % {"name": name.decode()}
        raise ProblemError(sentence, status=400, code="bad_digest")
    check_form_names(names_in(name, value))


def check_field(name: bytes, value: bytes, known: tuple[bytes, ...]) -> None:
    """Refuse a field that is not ours and tells which part of a file is sent."""
    if name not in known:
        check_form_names(names_in(name, value))


def is_nested(content_type: bytes) -> bool:
    """Whether a part of a form is a container itself."""
    return content_type.strip().lower().startswith((b"multipart/", b"message/"))


def partial_content() -> ProblemError:
    return ProblemError(
        _(
            "The request says that it carries only a part of a file (Content-Range, "
            "Range or a field of a resumable upload). Send the whole file by PUT or by "
            "the form, or its parts by tus."
        ),
        status=400,
        code="partial_content",
    )


def _other_digest(name: bytes) -> ProblemError:
    sentence = _(
        "The request has a digest (%(name)s) that is not compared here. Send the "
        "SHA-256 as Content-Digest, or leave it out."
    ) % {"name": name.decode("latin-1")}
    return ProblemError(sentence, status=400, code="bad_digest")


def _encoded(headers: dict[str, str] | None = None) -> ProblemError:
    return ProblemError(
        _(
            "The body is compressed or encoded (Content-Encoding or "
            "Transfer-Encoding). Send the bytes as they are, without an encoding."
        ),
        status=415,
        code="encoded_content",
        headers=headers,
    )


def _is_encoded(name: bytes, value: bytes) -> bool:
    if name == b"transfer-encoding":
        return value != b"chunked"
    if name == MAIL_ENCODING:
        return value not in UNCHANGED
    return name in DELTAS or (name == STREAMING[0] and value.startswith(STREAMING[1]))


def _is_container(content_type: bytes) -> bool:
    kinds = [kind.split(b";")[0].strip() for kind in content_type.split(b",")]
    return any(is_nested(kind) or kind in CONTAINERS for kind in kinds)


def _is_compressed(name: bytes, codings: bytes) -> bool:
    found = {coding.strip() for coding in codings.split(b",")}
    return name in CONTENT_ENCODINGS and not found <= {b"", b"identity"}


def _is_other_digest(name: bytes, value: bytes) -> bool:
    return bool(TELLS_DIGEST.search(name)) and value != NO_DIGEST
