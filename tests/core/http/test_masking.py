"""No log and no error report names the address of an upload."""

from __future__ import annotations

import logging
import sys

import pytest
import uvicorn.logging
from django.conf import settings
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from mycenas.core.http.masking import MASK, MaskingFormatter, masked

SECRET = "a-Z_" * 8
PATH = f"/uploads/{SECRET}/"
# Of an invitation.
LINK = f"{SECRET}-and-11more"


def record(*args: object) -> logging.LogRecord:
    """With the exception that is being handled."""
    found = sys.exc_info()
    return logging.LogRecord("a", logging.ERROR, "", 1, "%s %s", args, found)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (PATH, f"/uploads/{MASK}/"),
        (f"GET http://example.org{PATH}?a=1 failed", f"/uploads/{MASK}/?a=1 failed"),
        (f"/accounts/invitations/{LINK}/", f"/accounts/invitations/{MASK}/"),
        (
            f"/accounts/login/?next=%2Faccounts%2Finvitations%2F{LINK}%2F",
            f"%2Finvitations%2F{MASK}%2F",
        ),
        ("/uploads/", "/uploads/"),
        ("/uploads/short/", "/uploads/short/"),
    ],
)
def test_addresses_are_masked(text, shown):
    assert masked(text).endswith(shown)
    assert SECRET not in masked(text)


def test_tracebacks_are_masked():
    try:
        raise ValueError(PATH)
    except ValueError:
        text = MaskingFormatter().format(record("PUT", PATH))
    assert SECRET not in text
    assert text.count(f"/uploads/{MASK}") == 2


def test_the_sites_handler_masks():
    used = settings.LOGGING["formatters"]["plain"]["class"]
    assert used == f"{MaskingFormatter.__module__}.{MaskingFormatter.__name__}"
    assert settings.LOGGING["handlers"]["console"]["formatter"] == "plain"


def test_no_other_handler_writes_what_django_logs():
    for name in ("django", "django.request", "django.security"):
        logger = logging.getLogger(name)
        assert (logger.handlers, logger.propagate) == ([], True)


def test_an_access_log_of_uvicorn_masks():
    """Its records are taken apart by its own formatter."""
    logger = logging.getLogger("uvicorn.access")
    line = ("127.0.0.1:1", "PUT", PATH, "1.1", 202)
    made = logging.LogRecord(
        logger.name, logging.INFO, "", 1, '%s - "%s %s HTTP/%s" %d', line, None
    )
    assert logger.filter(made)
    formatter = uvicorn.logging.AccessFormatter("%(request_line)s %(status_code)s")
    assert formatter.format(made) == f"PUT /uploads/{MASK}/ HTTP/1.1 202 Accepted"


def test_error_reports_mask():
    request = RequestFactory().put(PATH, HTTP_REFERER=PATH)
    try:
        address = PATH
        raise ValueError("x" + address[:0])
    except ValueError:
        reporter = ExceptionReporter(request, *sys.exc_info())
        data = reporter.get_traceback_data()
    assert SECRET not in str(data["filtered_POST_items"])
    assert SECRET not in str(data["request_meta"])
