"""A multipart form that carries one file, read piece by piece.

Fields stay in memory, within bounds; the file's bytes are handed on as they come.
"""

from __future__ import annotations

import re

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from submissions.intake import whole
from submissions.intake.names import display_name
from submissions.intake.refusals import TurnedAway, gettext_noop

MAX_FIELDS = 64
# Names and values of all fields together.
MAX_FIELD_BYTES = 256 * 1024
MAX_PART_HEADERS = 8
MAX_PART_HEADER_BYTES = 4096
MAX_BOUNDARY_BYTES = 70

# The name of the one field that carries the file.
FILE_FIELD = b"file"

MALFORMED = gettext_noop(
    "The form could not be read: it is not a well-formed multipart form. "
    "Reload the page and send the form again."
)
UNFINISHED = gettext_noop(
    "The form ended in the middle: its closing line is missing. Nothing was kept. "
    "Send it again."
)
TOO_MANY_FIELDS = gettext_noop(
    "The form has more than %(limit)s fields. Send only the fields of the page."
)
FIELDS_TOO_LARGE = gettext_noop(
    "The texts of the form take more than %(limit)s bytes. Shorten them and send the "
    "form again."
)
ENCODED_PART = gettext_noop(
    "A part of the form is encoded or is a part of a file (Content-Encoding, "
    "Content-Transfer-Encoding or Content-Range). Send the texts and the file as "
    "they are."
)
ONE_FILE = gettext_noop(
    "The form carries a second file, or a file in another field than “file”. "
    "Send one file in one form."
)

# Part headers that say the bytes are not the value itself, with the values that still
# mean "as it is" (RFC 2045 section 6.2, RFC 9110 section 8.4).
PLAIN_VALUES: dict[bytes, frozenset[bytes]] = {
    b"content-encoding": frozenset((b"identity",)),
    b"content-transfer-encoding": frozenset((b"7bit", b"8bit", b"binary")),
    b"content-range": frozenset(),
}

FIELD_TWICE = gettext_noop(
    "The form carries one of its fields twice, so that its meaning is not clear. "
    "Reload the page and send the form again."
)
# A file's name in another coding; readers differ in which of two names they take.
EXTENDED_NAME = re.compile(rb";\s*filename\*", re.IGNORECASE)


def refused(code: str, sentence: str, **parameters: int) -> TurnedAway:
    return TurnedAway(400, code, sentence, parameters)


def boundary_of(content_type: bytes) -> bytes:
    """The boundary that a multipart Content-Type declares."""
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not 0 < len(boundary) <= MAX_BOUNDARY_BYTES:
        raise refused("malformed_form", MALFORMED)
    return boundary


class Form:
    """Feed it the body; ask it for fields, the file's name and the file's bytes.

    ``file_begun`` turns true with the file's headers (or, for a part without a file
    name, with its first byte); ``fields_before_file`` are those that came earlier.
    Raises TurnedAway for whatever a browser would not send.
    """

    def __init__(self, boundary: bytes) -> None:
        self.fields: list[tuple[bytes, bytes]] = []
        self.fields_before_file: list[tuple[bytes, bytes]] = []
        self.file_begun = False
        self.file_name = ""
        self._closed = False
        self._file_seen = False
        self._in_file = False
        self._field_bytes = 0
        self._header_name = bytearray()
        self._header_value = bytearray()
        self._disposition = b""
        self._field_name = b""
        self._field_value = bytearray()
        self._pieces: list[bytes] = []
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
            raise refused("malformed_form", MALFORMED) from error

    def take(self) -> list[bytes]:
        """The file's bytes that came since the last call."""
        pieces, self._pieces = self._pieces, []
        return pieces

    def finish(self) -> None:
        """Tell that the body is over."""
        if not self._closed:
            raise refused("unfinished_form", UNFINISHED)

    # --- called by the parser

    def _on_part_begin(self) -> None:
        self._disposition = b""
        self._header_name.clear()
        self._header_value.clear()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        name, value = bytes(self._header_name).lower(), bytes(self._header_value)
        self._check_header(name, value)
        if name == b"content-disposition":
            self._disposition = value
        elif name in PLAIN_VALUES and value.strip().lower() not in PLAIN_VALUES[name]:
            raise refused("encoded_part", ENCODED_PART)
        self._header_name.clear()
        self._header_value.clear()

    def _on_headers_finished(self) -> None:
        kind, options = parse_options_header(self._disposition)
        if kind != b"form-data" or b"name" not in options:
            raise refused("malformed_form", MALFORMED)
        self._in_file = b"filename" in options
        if self._in_file:
            self._begin_file(options[b"name"], options[b"filename"])
        else:
            self._begin_field(options[b"name"])

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if not self._in_file:
            self._count(end - start)
            self._field_value += data[start:end]
            return
        self._announce_file()
        self._pieces.append(data[start:end])

    def _on_part_end(self) -> None:
        if not self._in_file:
            self.fields.append((self._field_name, bytes(self._field_value)))

    def _on_end(self) -> None:
        self._closed = True

    # --- inside

    def _check_header(self, name: bytes, value: bytes) -> None:
        """One Content-Disposition without ``filename*`` (RFC 7578), and no nesting."""
        if name == b"content-disposition" and (
            self._disposition or EXTENDED_NAME.search(value)
        ):
            raise refused("malformed_form", MALFORMED)
        if name == b"content-type" and whole.is_nested(value):
            raise refused("malformed_form", MALFORMED)

    def _begin_file(self, field: bytes, name: bytes) -> None:
        if self._file_seen or field != FILE_FIELD:
            raise refused("one_file", ONE_FILE)
        self._file_seen = True
        self.file_name = display_name(name.decode("utf-8", "replace"))
        if name:
            self._announce_file()

    def _announce_file(self) -> None:
        """A part without a name and without bytes is a form sent without a file."""
        if not self.file_begun:
            self.file_begun = True
            self.fields_before_file = list(self.fields)

    def _begin_field(self, name: bytes) -> None:
        if any(name == known for known, _value in self.fields):
            raise refused("field_twice", FIELD_TWICE)
        if len(self.fields) >= MAX_FIELDS:
            raise refused("too_many_fields", TOO_MANY_FIELDS, limit=MAX_FIELDS)
        self._count(len(name))
        self._field_name = name
        self._field_value = bytearray()

    def _count(self, size: int) -> None:
        self._field_bytes += size
        if self._field_bytes > MAX_FIELD_BYTES:
            raise refused("fields_too_large", FIELDS_TOO_LARGE, limit=MAX_FIELD_BYTES)
