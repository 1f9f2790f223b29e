"""Acting as the site's own database role, which owns nothing.

Tests run as the owner, who makes the test database. What the guards hold is held
against the role that serves the site, so their tests log in as that one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import environ
import psycopg
from django.db import connection

APP = "mycenas_app"
KEPT = ("dbname", "host", "port", "options")


def _login(variable: str = "TESTS_SITE_URL") -> dict[str, str]:
    url = environ.Env.db_url_config(os.environ[variable] or "postgres:///x")
    return {"USER": url.get("USER") or APP, "PASSWORD": url.get("PASSWORD") or ""}


@contextmanager
def as_the_site() -> Iterator[None]:
    """The default connection, logged in as the site's role instead of the owner.

    To be entered outside of any transaction; everything inside, the ORM and the test
    client included, has the site's privileges.
    """
    settings = connection.settings_dict
    owner = {key: settings[key] for key in ("USER", "PASSWORD")}
    connection.close()
    settings.update(_login())
    try:
        yield
    finally:
        connection.close()
        settings.update(owner)


def connect(*, as_owner: bool = False) -> psycopg.Connection[Any]:
    """A further connection to the test database, in autocommit; the site's role's."""
    known = connection.get_connection_params()
    login = _login("DATABASE_URL" if as_owner else "TESTS_SITE_URL")
    return psycopg.connect(
        **{key: known[key] for key in KEPT if key in known},
        user=login["USER"],
        password=login["PASSWORD"] or None,
        autocommit=True,
    )
