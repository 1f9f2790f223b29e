"""A multipart form that carries one file, parsed as it arrives.

Fields stay in memory, within bounds, and precede the file; the file's bytes are handed
on as they arrive. What follows the file, as the button that sent the form, is ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from mycenas.core.http.errors import ProblemError
from mycenas.core.text import display_name
from mycenas.uploads import whole
from mycenas.uploads.requests import MAX_LENGTH_DIGITS

# Names and values of all fields together.
MAX_FIELD_BYTES = 256 * 1024
MAX_PART_HEADERS = 8
MAX_PART_HEADER_BYTES = 4096
MAX_BOUNDARY_BYTES = 70

# The name of the one field that carries the file.
FILE_FIELD = b"file"


@dataclass(frozen=True)
class FormFields:
    """Names of a form's fields: those that must, and all that may, precede the file."""

    required: tuple[bytes, ...]
    known: tuple[bytes, ...]


def boundary_of(content_type: bytes) -> bytes:
    """The boundary that a multipart Content-Type declares."""
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not 0 < len(boundary) <= MAX_BOUNDARY_BYTES:
        raise _malformed()
    return boundary


class MultipartForm:
    """Feed it the body; it gives the fields, the file's name and the file's bytes.

    ``file_begun`` turns true with the file's headers (or, for a part without a file
    name, with its first byte). Refuses what no browser sends (400).
    """

    def __init__(self, boundary: bytes, names: FormFields) -> None:
        self.fields: list[tuple[bytes, bytes]] = []
        self.file_begun = False
        self.file_name = ""
        self._names = names
        self._closed = False
        self._closing = b"\r\n--" + boundary + b"--"
        # The end of the body so far, where its closing line may have begun.
        self._tail = b"\r\n"
        self._file_seen = False
        self._in_file = False
        self._field_bytes = 0
        self._header_name = bytearray()
        self._header_value = bytearray()
        self._disposition = b""
        self._type: bytes | None = None
        # The part's size, and what its own Content-Length or ``size`` says.
        self._part_size = 0
        self._declared: int | None = None
        self._field_name = b""
        self._field_value = bytearray()
        self._chunks: list[bytes] = []
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
            max_header_count=MAX_PART_HEADERS,
            max_header_size=MAX_PART_HEADER_BYTES,
        )

    def feed(self, data: bytes) -> None:
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise _malformed() from error
        if self._closed:
            self._check_end(data)
        else:
            known = len(self._closing) - 1
            self._tail = (self._tail + data[-known:])[-known:]

    def take(self) -> list[bytes]:
        """The file's bytes that arrived since the last call."""
        chunks, self._chunks = self._chunks, []
        return chunks

    @property
    def buffered(self) -> int:
        """How many bytes of the file wait to be taken."""
        return sum(map(len, self._chunks))

    def finish(self) -> None:
        """The body is over; refused without its closing boundary."""
        if not self._closed:
            sentence = _(
                "The form ended in the middle: its closing line is missing. Nothing "
                "was kept. Send it again."
            )
            raise ProblemError(sentence, status=400, code="unfinished_form")

    # --- called by the parser

    def _on_part_begin(self) -> None:
        self._disposition, self._type = b"", None
        self._part_size, self._declared = 0, None
        self._header_name.clear()
        self._header_value.clear()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        name, value = bytes(self._header_name).lower(), bytes(self._header_value)
        self._check_header(name, value)
        whole.check_part_header(name, value)
        if name == b"content-disposition":
            self._disposition = value
        elif name == b"content-type":
            self._type = value
        elif name == b"content-length":
            self._declare(value.strip())
        self._header_name.clear()
        self._header_value.clear()

    def _on_headers_finished(self) -> None:
        kind, options = _parsed(self._disposition)
        if kind != b"form-data" or b"name" not in options:
            raise _malformed()
        if b"size" in options:
            self._declare(options[b"size"])
        self._in_file = b"filename" in options
        if self._in_file:
            whole.check_part_type(self._type or b"")
            self._begin_file(options[b"name"], options[b"filename"])
        else:
            self._begin_field(options[b"name"])

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._part_size += end - start
        if self._declared is not None and self._part_size > self._declared:
            raise self._wrong_length()
        if not self._in_file:
            self._count(end - start)
            self._field_value += data[start:end]
            return
        self._announce_file()
        self._chunks.append(data[start:end])

    def _on_part_end(self) -> None:
        if self._declared not in (None, self._part_size):
            raise self._wrong_length()
        if self._in_file:
            return
        name, value = self._field_name, bytes(self._field_value)
        if self._is_known(name):
            self.fields.append((name, value))
        else:
            whole.check_field_after_file(name, value)

    def _on_end(self) -> None:
        self._closed = True

    # --- inside

    def _check_end(self, data: bytes) -> None:
        """The parser discards what follows the closing line; refuse it."""
        _before, found, after = (self._tail + data).partition(self._closing)
        if not found or after.strip():
            raise _malformed()
        self._tail = self._closing

    def _check_header(self, name: bytes, value: bytes) -> None:
        """Once each, without ``filename*`` (RFC 7578) and nesting."""
        if name == b"content-disposition" and (
            self._disposition or whole.is_unclear(value)
        ):
            raise _malformed()
        if name == b"content-type" and (
            self._type is not None or whole.is_nested(value)
        ):
            raise _malformed()

    def _declare(self, length: bytes) -> None:
        """Keep the length that a part declares: one number."""
        is_number = length.isdigit() and len(length) <= MAX_LENGTH_DIGITS
        if not is_number or self._declared not in (None, int(length)):
            raise _malformed()
        self._declared = int(length)

    def _wrong_length(self) -> ProblemError:
        sentence = _(
            "A part of the form declares %(declared)s bytes (Content-Length or size) "
            "and has %(found)s. Nothing was kept. Send the form again."
        )
        declared, found = self._declared, self._part_size
        return ProblemError(
            sentence % {"declared": declared, "found": found},
            status=400,
            code="wrong_length",
            found=found,
            declared=declared,
        )

    def _begin_file(self, field: bytes, name: bytes) -> None:
        as_text = any(known == FILE_FIELD for known, _value in self.fields)
        if self._file_seen or as_text or field != FILE_FIELD:
            sentence = _(
                "The form carries a second file, or a file in another field than "
                "“file”. Send one file in one form."
            )
            raise ProblemError(sentence, status=400, code="one_file")
        self._file_seen = True
        self.file_name = display_name(name.decode("utf-8", "replace"))
        if name:
            self._announce_file()

    def _announce_file(self) -> None:
        """A part without a name and without bytes is a form sent without a file."""
        if self.file_begun:
            return
        present = {name for name, _value in self.fields}
        missing = [name for name in self._names.required if name not in present]
        if missing:
            raise _after_file(b", ".join(missing))
        self.file_begun = True

    def _is_known(self, name: bytes) -> bool:
        return name == FILE_FIELD or name in self._names.known

    def _begin_field(self, name: bytes) -> None:
        is_known = self._is_known(name)
        if not (is_known or self._file_seen):
            raise whole.unknown_field(name)
        if is_known and self.file_begun:
            raise _after_file(name)
        if is_known and any(name == known for known, _value in self.fields):
            sentence = _(
                "The form carries one of its fields twice, so that its meaning is not "
                "clear. Reload the page and send the form again."
            )
            raise ProblemError(sentence, status=400, code="field_twice")
        self._count(len(name))
        self._field_name = name
        self._field_value = bytearray()

    def _count(self, size: int) -> None:
        self._field_bytes += size
        if self._field_bytes > MAX_FIELD_BYTES:
            sentence = _(
                "The texts of the form take more than %(limit)s bytes. Shorten them "
                "and send the form again."
            ) % {"limit": f"{MAX_FIELD_BYTES:,}"}
            raise ProblemError(
                sentence, status=400, code="fields_too_large", limit=MAX_FIELD_BYTES
            )


# Most forms have the same fields; the result is only read.
_parsed = lru_cache(maxsize=64)(parse_options_header)


def _malformed() -> ProblemError:
    sentence = _(
        "The form could not be read: it is not a well-formed multipart form. Reload "
        "the page and send the form again."
    )
    return ProblemError(sentence, status=400, code="malformed_form")


def _after_file(names: bytes) -> ProblemError:
    sentence = _(
        "The fields of the form must come before its file; these do not: %(names)s. "
        "Send the file last."
    ) % {"names": names.decode("utf-8", "replace")}
    return ProblemError(sentence, status=400, code="fields_after_file")
