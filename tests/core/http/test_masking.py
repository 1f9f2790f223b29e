"""No log and no error report names the address of an upload."""

from __future__ import annotations

import logging
import sys
from typing import Any

import pytest
import uvicorn.logging
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import ResolverMatch
from django.utils.log import AdminEmailHandler
from django.views.debug import get_exception_reporter_class

from mycenas.core.http.masking import MASK, MaskingFormatter, MaskingReporter, masked
from tests.database.tools import raw

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


KEY = (
    'duplicate key value violates unique constraint "a_key"\n'
    f"DETAIL:  Key (token)=({SECRET}) already exists."
)
PAIR = f"DETAIL:  Key (id, digest)=(7, {LINK}) already exists.\nCONTEXT:  a line"
ROW = (
    'new row for relation "a" violates check constraint "b"\n'
    f"DETAIL:  Failing row contains (1, ada@example.org, two\nlines, {SECRET}, null)."
)


@pytest.mark.parametrize("said", [KEY, PAIR, ROW], ids=["key", "pair", "row"])
def test_what_postgresql_says_of_refused_rows_is_masked(said):
    try:
        raise ValueError(said)
    except ValueError:
        text = MaskingFormatter().format(record(said, [ValueError(said)]))
        reporter = MaskingReporter(None, *sys.exc_info())
    shown = [text, reporter.get_traceback_text(), reporter.get_traceback_html()]
    for one in shown:
        assert SECRET not in one
        assert "ada@example.org" not in one
        assert "DETAIL:  " in one
    assert "CONTEXT:  a line" in text or said != PAIR
    assert "Key (token)=(…) already exists." in text or said != KEY


def test_a_real_refusal_names_no_secret(db):
    key = "0a" * 16
    sql = "INSERT INTO django_session VALUES (%s, 'data', %s)"
    raw(sql, [key, "2026-01-01"])
    for moment in ("2026-01-01", "1999-01-01"):
        with pytest.raises(IntegrityError) as found, transaction.atomic():
            raw(sql, [key, moment])
        assert key in str(found.value)
        text = MaskingFormatter().format(record("failed:", found.value))
        assert key not in text
        assert f"({MASK})" in text


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


class Found:
    """Shows its secret, as a row or a view that is kept in a variable may."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def __repr__(self) -> str:
        return f"<Found {self.secret}>"


def look_up(secret: str) -> None:
    found, parameters, lines = Found(secret), (1, secret), {"name": [secret]}
    raise LookupError(f"There is no {found} of {parameters} in {lines}")


def a_report(request: Any, path: str) -> Any:
    try:
        secret = path.split("/")[2]
        try:
            look_up(secret)
        except LookupError as error:
            raise ValueError(f"{path} failed") from error
    except ValueError:
        reporter: Any = get_exception_reporter_class(request)
        return reporter(request, *sys.exc_info())


def a_request() -> HttpRequest:
    request = RequestFactory().put(f"{PATH}?back={PATH}", HTTP_REFERER=PATH)
    request.resolver_match = ResolverMatch(a_report, (), {"name": SECRET})
    return request


@pytest.mark.parametrize("request_of", [a_request, lambda: None])
@pytest.mark.parametrize("secret", [SECRET, LINK], ids=["upload", "invitation"])
def test_error_reports_mask(request_of, secret):
    reporter = a_report(request_of(), f"/uploads/{secret}/")
    for text in (reporter.get_traceback_text(), reporter.get_traceback_html()):
        assert "look_up" in text
        assert "LookupError" in text
        assert secret not in text
        assert SECRET not in text


def test_a_mail_to_administrators_masks(settings, mailoutbox):
    settings.ADMINS = [("Ada", "ada@example.org")]
    try:
        look_up(SECRET)
    except LookupError:
        made = logging.LogRecord(
            "django.request", logging.ERROR, "", 1, "%s", ("failed",), sys.exc_info()
        )
    made.request = a_request()
    AdminEmailHandler(include_html=True).emit(made)
    (mail,) = mailoutbox
    ((html, _kind),) = mail.alternatives
    for text in (mail.body, html):
        assert f"/uploads/{MASK}/" in text
        assert SECRET not in text
