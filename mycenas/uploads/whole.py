"""What in a request says that its body is not the whole file as it is."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _
from python_multipart.multipart import parse_options_header

from mycenas.core.http.errors import ProblemError
from mycenas.core.text import shown
from mycenas.uploads.asgi_types import HeaderList
from mycenas.uploads.ordinary import PARAMETERS, parameters, unknown_parameter

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
# RFC 3229: the body is a difference.
DELTAS = (b"im", b"delta-base")
# A person's file; browsers take its type from the name or the system.
FILE_TYPES = re.compile(
    rb"((image|text|video|audio|font|model)/[\w.+-]+"
    rb"|application/(octet-stream|pdf|x-[\w.-]+)|binary/octet-stream)?",
    re.IGNORECASE,
)
MOST_DIGITS = 20
# What a part of a form may say of itself; its length is compared.
PART_HEADERS = frozenset(
    (
        b"content-disposition", b"content-type", b"content-length", b"content-encoding",
        MAIL_ENCODING, b"mime-version",
    )
)  # fmt: skip
# Words by which fields number the parts of a file, or name its digest.
OF_A_PART = re.compile(
    r"chunk|part(?!icip)|piece|portion|slice|segment|fragment|bl(oc)?k|blob|volume|whole"
    r"|offset|index|position|sequence|range|total|size|length|number|byte|upload|meta"
    r"|checksum|digest|hash|md\d|sha\d|crc|etag|more|remain|append|resum|multi|trunc"
    r"|stat(e|us)$|progress|tranche|shard|batch|packet|frame|step|page|section|final$|^eof"
    r"|^(seg|span|pos|seq|len|num|no|of|id|count|start|end|first|last|rest|next|comp|teil"
    r"|file|name|sum|sha|md|sig|signature)\d*$"
)

# What no button has for its words, and no checked box.
ANSWERS = (b"true", b"false", b"yes", b"no", b"off", b"t", b"f", b"y", b"n")


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


def check_part_header(name: bytes, value: bytes) -> None:
    """Refuse a header (its name in lower case) that says more of a form's part.

    An encoding, and anything by which clients of other protocols number the parts of a
    file or name its digest.
    """
    bare = value.strip().lower()
    if name in CONTENT_RANGES or _is_compressed(name, bare) or _is_encoded(name, bare):
        sentence = _(
            "A part of the form is encoded or is a part of a file "
            "(Content-Encoding, Content-Transfer-Encoding or Content-Range). Send "
            "the texts and the file as they are."
        )
        raise ProblemError(sentence, status=400, code="encoded_part")
    unknown = "" if name in PART_HEADERS else name.decode("latin-1")
    if name in PARAMETERS:
        known = (b"size",) if name == b"content-disposition" else ()
        unknown = unknown_parameter(name, value, also=known)
    if unknown:
        sentence = _(
            "A part of the form has “%(name)s”, which the site does not know: it may "
            "say that the file is not whole. Leave it out, or send the file by PUT or "
            "tus with its size declared."
        ) % {"name": shown(unknown)}
        raise ProblemError(sentence, status=400, code="unknown_part_header")


def unknown_field(name: bytes) -> ProblemError:
    """The refusal of a field before the file that no page of ours has."""
    sentence = _(
        "The form has a field “%(name)s”, which the entry form does not have. Nothing "
        "was entered, for what it says would be lost. Send the form without it."
    ) % {"name": shown(name.decode("utf-8", "replace"))}
    return ProblemError(sentence, status=400, code="unknown_field")


def check_field_after_file(name: bytes, value: bytes) -> None:
    """Refuse a field behind a form's file that may speak of the file; others may stay.

    They are ignored: buttons have a name, and their words or 1 as their value, while
    yes and no answer a question, as whether more is to come.
    """
    said = _words(name.decode("utf-8", "replace"))
    has_digits = any(byte in b"0123456789" for byte in value) and value != b"1"
    answers = value.strip().lower() in ANSWERS
    if not said or has_digits or answers or any(map(OF_A_PART.search, said)):
        sentence = _(
            "Behind its file the form has a field “%(name)s”, which may say that the "
            "file is a part, or what its digest is. Nothing was kept. Leave it out, or "
            "send the file by PUT or tus with its size declared."
        ) % {"name": shown(name.decode("utf-8", "replace"))}
        raise ProblemError(sentence, status=400, code="unknown_field")


def _words(name: str) -> list[str]:
    """The words of a name in lower case, also of one in camelCase."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    return [word for word in re.split(r"[\W_]+", parted) if word]


def is_nested(content_type: bytes) -> bool:
    """Whether a part of a form is a container itself."""
    return content_type.strip().lower().startswith((b"multipart/", b"message/"))


def is_unclear(disposition: bytes) -> bool:
    """Whether readers may differ in what it says.

    A parameter twice, a name in another coding, a quote that is left over.
    """
    names = parameters(disposition)
    twice = len(set(names)) < len(names)
    return twice or b'"' in names or b"filename*" in names


def check_part_type(content_type: bytes) -> None:
    """Refuse a file of a form whose type no browser gives to a file of a person."""
    kind = content_type.split(b";")[0].strip()
    if not FILE_TYPES.fullmatch(kind):
        sentence = _(
            "The file has the type “%(type)s”. Send a JPEG, PNG or WebP picture, with "
            "its own type or without one."
        ) % {"type": shown(kind.decode("latin-1"))}
        raise ProblemError(sentence, status=400, code="unknown_part_header")


def check_stated_size(headers: HeaderList, length: int | None) -> None:
    """Refuse a request that says another size of its file than its body has (400).

    None for a body that is no whole file. The Upload-Length of a PATCH is compared
    with that of its upload.
    """
    for name, value in headers:
        stated = value if name == b"upload-length" and length is not None else None
        may_state = name in PARAMETERS and b"size" in value.lower()
        if may_state and b"size" in parameters(value):
            stated = parse_options_header(value)[1].get(b"size", b"")
        if stated is None:
            continue
        if not (stated.isdigit() and int(stated[:MOST_DIGITS]) == length):
            sentence = _(
                "The request says that the file has “%(stated)s” bytes, which is not "
                "the length of its body. Nothing was kept. Send the whole file."
            ) % {"stated": shown(stated.decode("latin-1"))}
            raise ProblemError(sentence, status=400, code="wrong_length")


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
    return name in DELTAS


def _is_container(content_type: bytes) -> bool:
    kinds = [kind.split(b";")[0].strip() for kind in content_type.split(b",")]
    return any(is_nested(kind) or kind in CONTAINERS for kind in kinds)


def _is_compressed(name: bytes, codings: bytes) -> bool:
    found = {coding.strip() for coding in codings.split(b",")}
    return name in CONTENT_ENCODINGS and not found <= {b"", b"identity"}
