"""The one statement that acknowledges a file: the row, its audit and its mail.

Every file of a rush has to pass here, so it is SQL by hand: one round trip, one commit.
Guards and audit judge it as they judge everybody.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from mycenas.core.audit import TOLD, telling
from mycenas.core.errors import MOVED_ON, LostRace
from mycenas.core.statements import run
from mycenas.core.wake import wake_after_commit
from submissions.mails import RECEIVED
from submissions.models import Submission
from submissions.states import SubmissionState
from submissions.storage import StagedFile

# What the guard ``submission_upload_in_time`` fills in.
STAMPED = ("received_at", "receipt_slug", "receipt_title")
# The ``|| ''`` keeps PostgreSQL from the index of states: without fresh statistics it
# would rather read every waiting ticket than find this one by its key.
SQL = f"""
WITH {TOLD},
  received AS (
    UPDATE submissions_submission AS entry
    SET state = 'received', original = %s, original_name = %s, sha256 = %s, size = %s,
      receipt_issuer = %s, received_at = clock_timestamp()
    FROM told WHERE entry.id = %s AND entry.state || '' = 'reserved'
    RETURNING entry.id, entry.participant_id, entry.received_at, entry.receipt_slug,
      entry.receipt_title),
  mail AS (
    INSERT INTO core_mail ("to", subject, body, template, about, attempts)
    SELECT person.email, '', '', '{RECEIVED}', received.id, 0
    FROM received JOIN accounts_user AS person ON person.id = received.participant_id)
SELECT received_at, receipt_slug, receipt_title FROM received
"""  # noqa: S608  constants of ours


def acknowledge(
    submission: Submission, staged: StagedFile, *, original: str, name: str
) -> None:
    """Move a ticket to *received*; its file is kept as ``original`` already.

    Raises ``InvalidTransition`` and ``LostRace`` as `Stateful.move` does, and
    ``IntegrityError`` if a guard refuses.
    """
    submission.require(SubmissionState.RESERVED)
    facts: dict[str, Any] = {
        "original": original,
        "original_name": name[:255],
        "sha256": staged.sha256,
        "size": staged.size,
        "receipt_issuer": settings.BASE_URL,
    }
    rows = run(SQL, [*telling(), *facts.values(), submission.pk])
    if not rows:
        raise LostRace(MOVED_ON)
    stamped = dict(zip(STAMPED, rows[0], strict=True))
    submission.now_has({"state": SubmissionState.RECEIVED, **stamped, **facts})
    wake_after_commit("core.send_mail")
    wake_after_commit("submissions.process", submission.pk)
