"""One clock decides: PostgreSQL's."""

from __future__ import annotations

from datetime import datetime

from django.db.models import DateTimeField, Func

from mycenas.core.statements import run


class DatabaseNow(Func):
    """``clock_timestamp()``: the moment of evaluation, not of the transaction."""

    function = "clock_timestamp"
    template = "%(function)s()"
    output_field = DateTimeField()


def now() -> datetime:
    """The database's present moment (aware, UTC); one small query."""
    moment: datetime = run("SELECT clock_timestamp()", [])[0][0]
    return moment
