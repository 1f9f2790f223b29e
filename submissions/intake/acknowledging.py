"""The one statement that acknowledges a file: the row, its audit and its mail.

Every file of a rush has to pass here, so it is SQL by hand: one round trip, one commit.
Guards and audit judge it as they judge everybody.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.conf import settings

from mycenas.core.audit.actor import ACTOR_CTE, actor_parameters
from mycenas.core.db.statements import run
from mycenas.core.http.errors import MOVED_ON, LostRace
from mycenas.core.queue.publisher import enqueue_on_commit
from mycenas.storage import StagedFile
from submissions.mails import RECEIVED
from submissions.models import Submission
from submissions.states import SubmissionState

# What the guard ``submission_upload_in_time`` fills in.
STAMPED = ("received_at", "receipt_slug", "receipt_title")
# The ``|| ''`` keeps PostgreSQL from the index of states: without fresh statistics it
# would rather read every waiting ticket than find this one by its key.
SQL = f"""
WITH {ACTOR_CTE},
  received AS (
    UPDATE submissions_submission AS entry
    SET state = 'received', original = %s, original_name = %s, sha256 = %s, size = %s,
      receipt_issuer = %s, received_at = clock_timestamp()
    FROM actor, accounts_user AS person
    WHERE entry.id = %s AND entry.state || '' = 'reserved'
      AND person.id = entry.participant_id AND person.is_active
      AND (%s::text IS NULL OR EXISTS (SELECT FROM submissions_upload AS upload
        WHERE upload.submission_id = entry.id AND upload.name = %s::text
          AND upload."offset" = coalesce(%s::bigint, upload."offset")))
    RETURNING entry.id, person.email, entry.received_at, entry.receipt_slug,
      entry.receipt_title),
  mail AS (
    INSERT INTO core_mail ("to", subject, body, template, about, attempts)
    SELECT email, '', '', '{RECEIVED}', id, 0 FROM received)
SELECT received_at, receipt_slug, receipt_title FROM received
"""  # noqa: S608  constants of ours


class Came(NamedTuple):
    """The upload that brought a file: its secret, and its offset if that counts."""

    secret: str | None = None
    offset: int | None = None


BY_FORM = Came()


def acknowledge(
    submission: Submission,
    staged: StagedFile,
    *,
    original: str,
    name: str,
    came: Came = BY_FORM,
) -> None:
    """Move a ticket to *received*; its file is kept as ``original`` already.

    Raises ``InvalidTransition`` and ``LostRace`` as `Stateful.move` does, and
    ``IntegrityError`` if a guard refuses. ``LostRace`` too if the participant is no
    longer active, or if what ``came`` says is no longer so.
    """
    submission.require(SubmissionState.RESERVED)
    facts: dict[str, Any] = {
        "original": original,
        "original_name": name[:255],
        "sha256": staged.sha256,
        "size": staged.size,
        "receipt_issuer": settings.BASE_URL,
    }
    where = [submission.pk, came.secret, came.secret, came.offset]
    rows = run(SQL, [*actor_parameters(), *facts.values(), *where])
    if not rows:
        raise LostRace(MOVED_ON)
    stamped = dict(zip(STAMPED, rows[0], strict=True))
    submission.apply_changes({"state": SubmissionState.RECEIVED, **stamped, **facts})
    enqueue_on_commit("core.send_mail")
    enqueue_on_commit("submissions.process", submission.pk)
