"""Checks, before any view, that a request can be parsed and its text be stored."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable
from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.core.handlers.wsgi import get_str_from_wsgi
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.utils.http import parse_header_parameters
from django.utils.translation import gettext_lazy as _

from mycenas.core.http.errors import ProblemError

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
# Where sign-in pages are asked to lead to.
NEXT = "next"
# Addresses that a browser sends along; a page does without one that cannot be read.
ADDRESS_HEADERS = ("HTTP_REFERER", "HTTP_HX_CURRENT_URL")
# In the quoted value of a cookie: three octal digits, or one character as it is.
_ESCAPED = re.compile(r"\\(?:([0-3][0-7][0-7])|(.))")
# Fields that carry JSON, written by scripts.
JSON_FIELDS = ("credential",)
UNREADABLE = (
    MultiPartParserError, BadRequest, SuspiciousOperation, ValueError, LookupError,
)  # fmt: skip


class Malformed(ProblemError):
    """The request cannot be parsed; this does not depend on the person."""

    status = 400
    code = "malformed"


def can_be_held(text: str) -> bool:
    """Whether PostgreSQL can store it: no NUL and no lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def is_plain_type(content_type: str) -> bool:
    """Whether a Content-Type can be parsed and its charset, if given, is UTF-8."""
    try:
        charset = parse_header_parameters(content_type)[1].get("charset", "utf-8")
        return codecs.lookup(charset).name == "utf-8"
    except Exception:
        # The parser of mail headers raises many errors for what it cannot read.
        return False


def check_request(request: HttpRequest) -> None:
    """Raise `Malformed` if a request cannot be parsed; drop what is not needed.

    Gone may be cookies that cannot be stored, and addresses that cannot be parsed.
    """
    if not can_be_held(request.path_info):
        sentence = _("There is nothing at this address.")
        raise Malformed(sentence, status=404, code="not_found")
    for name in ADDRESS_HEADERS:
        if not can_be_parsed(request.META.get(name, "")):
            del request.META[name]
    request.COOKIES = {
        name: value
        for name, value in _cookies(request).items()
        if can_be_held(name + value)
    }
    (found,) = _read(request, "GET")
    _check_texts(found)
    request.GET = _without_bad_next(found)
    if request.method == "POST" and request.content_type in FORM_TYPES:
        _check_form(request)


def can_be_parsed(address: str) -> bool:
    """Whether a URL can be split; browsers read a backslash as a slash."""
    try:
        urlsplit(address)
        urlsplit(address.replace("\\", "/"))
    except ValueError:
        return False
    return True


def _cookies(request: HttpRequest) -> dict[str, str]:
    """As Django's ``parse_cookie`` reads them, in linear time.

    Python before 3.11.10 and 3.12.6 takes the square of the number of backslashes in a
    quoted value: seconds for one request.
    """
    header: str = get_str_from_wsgi(request.META, "HTTP_COOKIE", "")
    found = {}
    for part in header.split(";"):
        name, separator, value = part.partition("=")
        name, value = (name.strip(), value.strip()) if separator else ("", name.strip())
        if name or value:
            found[name] = _unquoted(value)
    return found


def _unquoted(value: str) -> str:
    if len(value) < 2 or not value[0] == value[-1] == '"':
        return value
    return _ESCAPED.sub(
        lambda match: chr(int(match[1], 8)) if match[1] else match[2], value[1:-1]
    )


def _read(request: HttpRequest, *parts: str) -> list[Any]:
    """Parts of the request that Django parses when they are first read."""
    try:
        return [getattr(request, part) for part in parts]
    except UNREADABLE as error:
        _refuse(error)


def _check_form(request: HttpRequest) -> None:
    end = _EndOfBody(request)
    found, files = _read(request, "POST", "FILES")
    if request.content_type == "multipart/form-data":
        end.check((request.content_params or {}).get("boundary", ""))
    _check_texts(found)
    _check_all(file.name for _name, many in files.lists() for file in many)
    for name in JSON_FIELDS:
        if found.get(name):
            read_json(found[name])
    request.POST = _without_bad_next(found)


class _EndOfBody:
    """The last bytes of a form's body, kept while Django's parser reads it.

    The parser accepts a body that ends before its closing line. ``request.body``
    refuses a form with a large file.
    """

    SIZE = 1024

    def __init__(self, request: HttpRequest) -> None:
        self._source = request.read
        # The first line of a body may be its last.
        self._last = b"\n"
        request.read = self._read  # type: ignore[method-assign]

    def _read(self, *args: Any) -> bytes:
        data: bytes = self._source(*args)
        self._last = (self._last + data)[-self.SIZE :]
        return data

    def check(self, boundary: str) -> None:
        """Refuse a multipart form without its closing line at its end.

        A request without any body has no form.
        """
        is_empty = self._last == b"\n"
        if not is_empty and not self._last.rstrip().endswith(
            f"\n--{boundary}--".encode()
        ):
            _refuse(MultiPartParserError("The body has no closing line at its end."))


def _refuse(error: Exception) -> NoReturn:
    if isinstance(error, TooManyFieldsSent | TooManyFilesSent):
        sentence = _("The request has too many fields. Send only those of the page.")
        raise Malformed(sentence, code="too_many_fields") from error
    if isinstance(error, RequestDataTooBig):
        sentence = _("The texts of the form are too long. Shorten them and send again.")
        raise Malformed(sentence, code="fields_too_large") from error
    sentence = _(
        "The form could not be read: it is not well formed, or not in UTF-8. Reload "
        "the page and send it again."
    )
    raise Malformed(sentence, code="malformed_form") from error


def _without_bad_next(found: QueryDict) -> Any:
    if all(map(can_be_parsed, found.getlist(NEXT))):
        return found
    kept = found.copy()
    del kept[NEXT]
    kept._mutable = False
    return kept


def _check_texts(found: QueryDict) -> None:
    _check_all(found)
    _check_all(value for _name, values in found.lists() for value in values)


def _check_all(texts: Iterable[Any]) -> None:
    if not all(can_be_held(text) for text in texts if isinstance(text, str)):
        raise Malformed(
            _(
                "The request has a character that cannot be stored: NUL, or half of a "
                "character. Remove it and send the request again."
            ),
            code="unstorable_text",
        )


def read_json(body: bytes | str) -> Any:
    """Parse JSON whose text can be stored; raises `Malformed` for other input.

    Names that come twice and numbers that JSON does not know are refused.
    """
    try:
        said = json.loads(
            body, parse_constant=_unknown_number, object_pairs_hook=_object
        )
        _check_all(_strings_of(said))
    except (ValueError, RecursionError) as error:
        sentence = _("The body is not JSON that can be read. Correct it and try again.")
        raise Malformed(sentence, code="bad_json") from error
    return said


def _unknown_number(name: str) -> NoReturn:
    raise ValueError(name)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found


def _strings_of(said: Any) -> Iterable[str]:
    if isinstance(said, dict):
        yield from said
        said = list(said.values())
    if isinstance(said, list):
        for value in said:
            yield from _strings_of(value)
    if isinstance(said, str):
        yield said
