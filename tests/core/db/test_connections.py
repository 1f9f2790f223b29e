"""Database connections and the threads that use them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.db import OperationalError, connection

from mycenas.core.db.database import close_dead_connection
from tests.database.tools import one

SHOW = """
import json
from mycenas import asgi, settings
gateway = asgi.application
backend = gateway._resources.backend
pools = (gateway._pages.threads, backend.lookups, backend.commits)
print(json.dumps([
    sum(pool.executor._max_workers for pool in pools),
    settings.WEB_THREADS,
]))
"""


@pytest.mark.parametrize(("bucket", "threads"), [("", 16), ("media", 28)])
def test_each_thread_of_a_web_process_has_a_connection(bucket, threads):
    environment = {**os.environ, "S3_BUCKET": bucket, "DEBUG": "1"}
    answer = subprocess.run(
        [sys.executable, "-c", SHOW],
        env={**environment, "DJANGO_SETTINGS_MODULE": "mycenas.settings"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(answer.stdout) == [threads, threads]


def end(pid: int) -> None:
    """As an administrator, or a PostgreSQL that is started anew."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
        assert cursor.fetchone() == (True,)
    other.close()


@pytest.mark.django_db(transaction=True)
def test_an_ended_connection_is_left_before_a_statement_fails():
    pid = one("SELECT pg_backend_pid()")
    end(pid)
    close_dead_connection()
    assert one("SELECT pg_backend_pid()") != pid


@pytest.mark.django_db(transaction=True)
def test_an_ended_connection_that_is_not_left_fails_once():
    """The control: without the look the next statement meets it."""
    end(one("SELECT pg_backend_pid()"))
    with pytest.raises(OperationalError):
        one("SELECT 1")
    connection.close()
