"""Masks secrets in logs and reports: URLs of uploads and invitations, refused rows."""

from __future__ import annotations

import logging
import re
from collections.abc import ItemsView, Mapping
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

# A URL may be part of another one, as the page to return to after the sign-in.
ADDRESS = re.compile(
    r"((?:/|%2F)(?:uploads|invitations)(?:/|%2F))"
    r"([A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{32})(?![A-Za-z0-9_-])"
)
# The same without its URL, as a value that is shown in quotation marks.
VALUE = re.compile(
    r"""(?<=['";])([A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{32})(?=['"]|&(?:#x27|#39|quot);)"""
)
MASK = "…"
# PostgreSQL says in an error which values were refused, bare and in parentheses: those
# of a key, or a whole row with mail addresses and digests of passwords.
DETAIL = "DETAIL:"
ROW = re.compile(r"(Failing row contains \().*?(\)\.)(?=$|\n|\\n|['\"<&])", re.DOTALL)
IN_KEY = re.compile(r"(\(|, )([A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{32})(?=, |\))")


def masked(text: str) -> str:
    text, detail, values = text.partition(DETAIL)
    return _without_addresses(text) + detail + _without_addresses(_bare(values))


def _without_addresses(text: str) -> str:
    return ADDRESS.sub(rf"\1{MASK}", text)


def _bare(values: str) -> str:
    """The text behind ``DETAIL`` without rows, and without secrets of keys."""
    return IN_KEY.sub(rf"\1{MASK}", ROW.sub(rf"\1{MASK}\2", values))


def _masked(value: Any) -> Any:
    return masked(value) if isinstance(value, str) else value


class MaskingFormatter(logging.Formatter):
    """Masks the whole text of a record, its traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class MaskingFilter(logging.Filter):
    """Masks message and arguments of a record, for loggers with other handlers."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _masked(record.msg)
        if isinstance(record.args, Mapping):
            record.args = {name: _masked(value) for name, value in record.args.items()}
        elif record.args:
            record.args = tuple(map(_masked, record.args))
        return True


class MaskingReporterFilter(SafeExceptionReporterFilter):
    """Masks the values of an error report, before long ones are cut."""

    def get_safe_request_meta(self, request: HttpRequest) -> dict[str, Any]:
        meta: dict[str, Any] = super().get_safe_request_meta(request)
        return {name: _masked(value) for name, value in meta.items()}

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        found = super().get_traceback_frame_variables(request, tb_frame)
        return {name: _masked(value) for name, value in found}.items()


class MaskingReporter(ExceptionReporter):
    """Masks the whole text of a report, in which a secret also stands without its URL.

    Any value of the same form as a secret is masked, wherever the report repeats it.
    """

    def get_traceback_text(self) -> SafeString:
        return without_secrets(super().get_traceback_text())

    def get_traceback_html(self) -> SafeString:
        return without_secrets(super().get_traceback_html())


def without_secrets(text: SafeString) -> SafeString:
    """The text without secrets: in URLs, in quotation marks, in PostgreSQL's words."""
    values = text.partition(DETAIL)[2]
    addressed = {secret for _path, secret in ADDRESS.findall(text)}
    addressed.update(secret for _sign, secret in IN_KEY.findall(values))
    for secret in addressed.union(VALUE.findall(text)):
        text = SafeString(text.replace(secret, MASK))
    before, detail, values = text.partition(DETAIL)
    return SafeString(before + detail + _bare(values))
