"""The bare application with the site's own two statements in place of its INSERT.

One finds sender, upload, ticket and competition, one acknowledges: row, guards, audit
and mail. Nobody is checked and no framework looks at the request, so this is the most
that any site could reach under this server that leaves its guards to PostgreSQL.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import django
from psycopg import Cursor

from benchmarks.phase_one.peers.bare_asgi import Scope, taking
from benchmarks.phase_one.peers.durable import BareFile, connection

os.environ["DJANGO_SETTINGS_MODULE"] = "mycenas.settings"
django.setup()

from django.conf import settings  # noqa: E402

from submissions.intake.queries import ACKNOWLEDGE, uploads  # noqa: E402

# The column of the ticket's number.
TICKET = 4


def run(
    sql: str, parameters: Sequence[Any] | Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    with Cursor(connection()) as cursor:
        cursor.execute(sql.encode(), parameters, prepare=True)
        return cursor.fetchall()


class GuardedFile(BareFile):
    """A file for a ticket that waits for it."""

    def __init__(self, scope: Scope) -> None:
        name = scope["path"].strip("/").rpartition("/")[2]
        self._ticket = run(uploads.sql, {"secret": name})[0][TICKET]
        super().__init__()

    def _note(self, digest: str) -> None:
        actor = [str(self._ticket), "upload-url", ""]
        facts = [f"{digest[:2]}/{digest}-{self.name}", "dusk.jpg", digest, self._size]
        size = self._size
        held = [self._ticket, None, None, size, size, digest, digest]
        where = [settings.BASE_URL, self._ticket, None]
        if not run(ACKNOWLEDGE, [*actor, *held, *facts, *where]):
            raise RuntimeError("nothing was acknowledged")


application = taking(GuardedFile)
