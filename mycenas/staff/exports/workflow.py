"""Exports: asked for by a person, written by a worker, kept for a week."""

from __future__ import annotations

import logging
from contextlib import closing
from datetime import timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.accounts.scopes import scope_named
from mycenas.core.db.database import DatabaseNow
from mycenas.core.db.locks import LockClass, lock
from mycenas.core.http.errors import NotAllowed, ProblemError
from mycenas.core.once import name_once
from mycenas.core.queue.publisher import enqueue_on_commit
from mycenas.staff.exports.access import columns_for, scope_row
from mycenas.staff.exports.archives import write_archive
from mycenas.staff.exports.kinds import Column, Kind, kind_named
from mycenas.staff.exports.limits import lock_exports_of, require_may_export
from mycenas.staff.exports.models import LONGEST_KEY, Export
from mycenas.staff.exports.output import LEASE_TIME, Output, renewed
from mycenas.staff.exports.packs import draw_numbers, write_pack
from mycenas.staff.exports.states import ExportState
from mycenas.staff.exports.tables import csv_blocks
from mycenas.staff.exports.workbooks import check_rows, write_workbook
from mycenas.staff.exports.zones import zone_of
from mycenas.storage import StagedFile, StorageFailed, store

logger = logging.getLogger(__name__)

RUN = "exports.run"
# Seconds until the task is interrupted, and until it is killed.
SOFT_LIMIT, HARD_LIMIT = 3000, 3060
# Workers that may die or lose the storage over one export.
MOST_ATTEMPTS = 3
# A message may take so long before another is sent.
WAKE_AFTER = timedelta(seconds=20)
SITE = _("the whole site")

NO_ROLE = _(
    "You do not have the role any more that this export needs. Ask an organizer."
)
TOO_LONG = _(
    "Writing the file took longer than %(minutes)d minutes, so it was stopped. Narrow "
    "the export with a filter."
)
DIED = _(
    "The file could not be finished in %(count)d attempts: a worker or the storage "
    "failed each time. Ask for it again, or ask the operator of the site."
)


def request_export(
    kind: Kind,
    row: Model | None,
    *,
    by: User,
    format: str = "",  # noqa: A002  as the column is called
    filters: dict[str, str] | None = None,
    once: str = "",
) -> Export:
    """Put an export into the queue; ``row`` is the scope's, None for the site.

    What comes again with the same token ``once`` is the export that it made before.

    Raises ``NotAllowed`` without a role that may export the kind there, or if the
    person is barred from it, ``ProblemError`` for a filter that the kind refuses, and
    ``TooManyExports`` of one person.
    """
    field = _field_of(row)
    pk = row.pk if row else None
    if not columns_for(by, kind, field, pk):
        raise NotAllowed(_("You have no role that may export these rows."))
    if sentence := kind.barred(row, by):
        raise NotAllowed(sentence)
    if sentence := kind.why_not(filters or {}):
        raise ProblemError(sentence, code="export_filter")
    facts = {
        "requested_by_id": by.pk,
        "kind": kind.name,
        "format": format or kind.formats[0],
        "scope": field,
        "scope_id": pk,
        "filters": filters or {},
    }
    key = name_once(once, facts)[:LONGEST_KEY]
    named = {**facts, "scope_name": str(row or SITE)[:240]}
    with transaction.atomic():
        lock_exports_of(by)
        if made := Export.objects.filter(key=key).first():
            return made
        require_may_export(facts)
        export = Export.objects.create(key=key, **named)
        enqueue_on_commit(RUN, export.pk)
    return export


def _field_of(row: Model | None) -> str:
    return scope_named(type(row)).field if row else ""


def run(pk: int) -> bool:
    """Write the file of a waiting export; False if it waits on or is not there.

    Only one export is written at a time, so that workers are free for entries.
    """
    export = claim(pk)
    if export is None:
        return False
    write(export)
    wake_next()
    return True


def write(export: Export) -> None:
    """Write the file of an attempt that has begun, and end the attempt."""
    try:
        _write(export)
    except SoftTimeLimitExceeded:
        fail(export, TOO_LONG % {"minutes": SOFT_LIMIT // 60})
    except StorageFailed:
        logger.exception("Export %s lost its storage.", export.pk)
        _give_back(export)
    except ProblemError as error:
        fail(export, error.sentence)


def claim(pk: int) -> Export | None:
    """Take the export; None while another one is being written."""
    with transaction.atomic():
        # Two workers take two exports one after the other.
        lock(LockClass.EXPORTS)
        export = Export.objects.filter(pk=pk, state=ExportState.QUEUED).first()
        if export is None or _is_one_running():
            return None
        start(export)
        return export


def start(export: Export) -> None:
    """Begin an attempt."""
    export.move(
        ExportState.RUNNING,
        attempt=export.attempt + 1,
        lease_until=DatabaseNow() + LEASE_TIME,
        # PostgreSQL sets the time.
        started_at=DatabaseNow(),
        written=0,
    )


def _is_one_running() -> bool:
    return Export.objects.filter(state=ExportState.RUNNING).exists()


def _write(export: Export) -> None:
    kind, columns, person = _granted(export)
    rows = kind.narrow(kind.rows(scope_row(export), person), export.filters, person)
    if kind.exhibits:
        total = draw_numbers(export, rows, kind.columns[0].value)
    else:
        total = rows.order_by().count()
    Export.objects.filter(pk=export.pk).update(total=total)
    if export.format == Export.Format.XLSX:
        check_rows(total)
    with Output() as output:
        with renewed(export, output):
            if kind.exhibits:
                write_pack(output, export, kind.exhibits)
            elif kind.members:
                write_archive(output, kind.members(rows))
            else:
                _write_table(export, output, rows, columns)
            staged = output.seal()
            store().save_export(staged, export.file)
        _finish(export, staged, columns, output.rows)


def _write_table(
    export: Export, output: Output, rows: QuerySet[Any], columns: list[Column]
) -> None:
    if export.format == Export.Format.XLSX:
        write_workbook(output, rows, columns, zone_of(export))
        return
    with closing(csv_blocks(rows, columns)) as blocks:
        for block in blocks:
            output.write_rows(*block)


def _granted(export: Export) -> tuple[Kind, list[Column], User]:
    """What the person may export now, not when the export was asked for."""
    kind = kind_named(export.kind)
    person = User.objects.get(pk=export.requested_by_id)
    columns = columns_for(person, kind, export.scope, export.scope_id) if kind else []
    if kind is None or not columns:
        raise ProblemError(NO_ROLE)
    if sentence := kind.barred(scope_row(export), person):
        raise ProblemError(sentence)
    return kind, columns, person


def _finish(
    export: Export, staged: StagedFile, columns: list[Column], rows: int
) -> None:
    is_mine = _move(
        export,
        ExportState.DONE,
        columns=[column.name for column in columns],
        row_count=rows,
        written=rows,
        size=staged.size,
        sha256=staged.sha256,
        # PostgreSQL sets these times.
        finished_at=DatabaseNow(),
        expires_at=DatabaseNow(),
    )
    if not is_mine:
        store().remove_export(export.file)


def fail(export: Export, sentence: str | Promise) -> None:
    _remove_files(export)
    _move(
        export,
        ExportState.FAILED,
        problem=str(sentence)[:400],
        finished_at=DatabaseNow(),
    )


def _give_back(export: Export) -> None:
    """Back to the queue, or to its end after too many attempts."""
    if export.attempt >= MOST_ATTEMPTS:
        fail(export, DIED % {"count": export.attempt})
        return
    _move(export, ExportState.QUEUED, started_at=None)


def _remove_files(export: Export) -> None:
    for name in export.files:
        store().remove_export(name)


def _move(export: Export, to: ExportState, **changes: Any) -> bool:
    """Move an export; False, and no change, if this attempt has lost it."""
    try:
        with transaction.atomic():
            export.move(
                to, expect={"attempt": export.attempt}, lease_until=None, **changes
            )
    except ProblemError:
        logger.warning("Export %s was taken over by another attempt.", export.pk)
        return False
    return True


def wake_next() -> None:
    """Send a message for the oldest waiting export, unless one is being written."""
    if _is_one_running():
        return
    waiting = Export.objects.filter(state=ExportState.QUEUED).order_by("pk")
    if (pk := waiting.values_list("pk", flat=True).first()) is not None:
        enqueue_on_commit(RUN, pk)


def sweep() -> None:
    """Take exports of dead workers back, end old ones, and wake a worker."""
    now = DatabaseNow()
    for export in Export.objects.filter(state=ExportState.RUNNING, lease_until__lt=now):
        _give_back(export)
    for export in Export.objects.filter(state=ExportState.DONE, expires_at__lt=now):
        _remove_files(export)
        export.move(ExportState.EXPIRED)
    waiting = Export.objects.filter(
        state=ExportState.QUEUED, created_at__lt=now - WAKE_AFTER
    )
    if waiting.exists():
        wake_next()
