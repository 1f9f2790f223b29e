"""The database clock, which decides all deadlines."""

from __future__ import annotations

from datetime import datetime

from django.db.models import DateTimeField, Func

from mycenas.core.db.statements import run


class DatabaseNow(Func):
    """``clock_timestamp()``: the time of evaluation, not of the transaction's start."""

    function = "clock_timestamp"
    template = "%(function)s()"
    output_field = DateTimeField()


def now() -> datetime:
    """The current time of the database (aware, UTC); costs one small query."""
    moment: datetime = run("SELECT clock_timestamp()", [])[0][0]
    return moment
