"""Statements of phase one by hand: they find rows by their keys, planned once.

One of them acknowledges a file: the row, its audit and its mail. Every file of a rush
passes it, so it is one round trip and one commit; guards and audit judge it like any
other.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from mycenas.core.audit.actor import ACTOR_CTE, actor_parameters
from mycenas.core.db.compiled import compiled
from mycenas.core.db.database import DatabaseNow, insert_both, run
from mycenas.core.http.errors import MOVED_ON, LostRace
from mycenas.core.queue.publisher import enqueue_on_commit
from mycenas.storage import StagedFile
from submissions.mails import RECEIVED
from submissions.models import TOKEN_PATTERN, Submission, Upload
from submissions.states import SubmissionState

# Whether the participant of a new row has entered before. By the size, which says the
# same as ``received_at``: without fresh statistics PostgreSQL would read all that the
# competition has received.
_ENTERED = """
EXISTS (SELECT FROM submissions_submission AS entered
  WHERE entered.participant_id = row.participant_id
    AND entered.competition_id = row.competition_id AND entered.size IS NOT NULL)
"""
# The participant's entry with a key, in any competition, and those in this one with
# certain bytes, unless withdrawn. A changed version may have the bytes of the entry
# that it replaces.
_KNOWN = """
SELECT {} FROM submissions_submission AS entry
WHERE entry.participant_id = %s AND (entry.idempotency_key = %s
  OR entry.competition_id = %s AND entry.sha256 = %s AND entry.state <> 'withdrawn'
    AND entry.id IS DISTINCT FROM %s::bigint)
"""
_IS_KNOWN = f"EXISTS ({_KNOWN.format('')})"
_ALSO = {"has_entered": _ENTERED}


def insert_unknown(submission: Submission, upload: Upload, sha256: str | None) -> bool:
    """Insert both unless `known_entries` finds any; return whether it was done."""
    unless = _IS_KNOWN, _of_known(submission, sha256)
    is_new = insert_both(submission, upload, "submission", unless=unless, also=_ALSO)
    if is_new:
        upload.found_at = submission.arrived_at
    return is_new


def known_entries(submission: Submission, sha256: str | None) -> list[Submission]:
    """The participant's entries with the same key, or these bytes in the competition.

    Withdrawn entries count by their key alone.
    """
    statement = _KNOWN.format("entry.*")
    return list(Submission.objects.raw(statement, _of_known(submission, sha256)))


def _of_known(submission: Submission, sha256: str | None) -> list[Any]:
    key = [submission.participant_id, submission.idempotency_key]
    return [*key, submission.competition_id, sha256, submission.replaces_id]


@compiled
def entries_by_token(token: Any, person: Any) -> QuerySet[Submission]:
    rows = Submission.objects.filter(token=token, participant=person).order_by()
    return rows.select_related("competition")


def find_upload(secret: str) -> Upload | None:
    """The upload with this secret, with its submission, competition and participant.

    Its ``name`` is another one if the secret was ended.
    """
    is_secret = re.fullmatch(TOKEN_PATTERN, secret)
    return uploads.first(secret=secret) if is_secret else None


# What is read of each row; anything else is fetched when code asks for it.
COLUMNS = {
    "": "name part grant submission length sha256 offset file_name",
    "submission__": """token public_id competition participant state idempotency_key
        arrived_at upload_until declared_size declared_sha256 original sha256 size
        received_at refusal refused_at""",
    "submission__competition__": "slug max_megabytes state cancelled_at",
    "submission__participant__": "password is_active session_generation",
}


@compiled
def uploads(secret: Any) -> QuerySet[Upload]:
    entered = Submission.objects.filter(
        participant=OuterRef("submission__participant"),
        competition=OuterRef("submission__competition"),
        size__isnull=False,  # as in ``_ENTERED``
    )
    rows = Upload.objects.filter(Q(name=secret) | Q(ended=secret))
    rows = rows.select_related("submission__competition", "submission__participant")
    found = {"found_at": DatabaseNow(), "has_entered": Exists(entered)}
    return rows.annotate(**found).only(
        *(path + name for path, names in COLUMNS.items() for name in names.split())
    )


# One statement for each durable offset; these rows have no journal, so no actor.
STORE_OFFSET = """
UPDATE submissions_upload AS upload SET "offset" = %(now)s
FROM submissions_submission AS entry
WHERE upload.id = %(id)s AND upload.name = %(secret)s AND upload."offset" = %(before)s
  AND upload.length > %(now)s
  AND entry.id = upload.submission_id AND entry.state || '' = 'reserved'
RETURNING upload.id
"""


def store_offset(upload: Upload, *, before: int, now: int) -> bool:
    """Store ``now`` durable bytes of an open upload if ``before`` are stored."""
    facts = {"id": upload.pk, "secret": upload.name, "before": before, "now": now}
    return bool(run(STORE_OFFSET, facts))


# What the guard ``submission_upload_in_time`` fills in.
STAMPED = ("received_at", "receipt_slug", "receipt_title")
# The ``|| ''`` keeps PostgreSQL from the index of states: without fresh statistics it
# would rather read every reservation than find this one by its key. The upload's row is
# locked as it is at this moment, not as it was when the statement began: what is
# declared for the file, or ends its address, comes before the acknowledgment or fails.
ACKNOWLEDGE = f"""
WITH {ACTOR_CTE},
  held AS (
    SELECT FROM submissions_upload
    WHERE submission_id = %s AND name = %s AND "offset" = coalesce(%s, "offset")
      AND coalesce(length, %s) = %s AND coalesce(sha256, %s) = %s
    FOR UPDATE),
  received AS (
    UPDATE submissions_submission AS entry
    SET state = 'received', original = %s, original_name = %s, sha256 = %s, size = %s,
      receipt_issuer = %s, received_at = clock_timestamp()
    FROM actor, accounts_user AS person
    WHERE entry.id = %s AND entry.state || '' = 'reserved'
      AND person.id = entry.participant_id AND person.is_active
      AND (%s::text IS NULL OR EXISTS (SELECT FROM held))
    RETURNING entry.id, person.email, entry.received_at, entry.receipt_slug,
      entry.receipt_title),
  mail AS (
    INSERT INTO core_mail ("to", subject, body, template, about, attempts)
    SELECT email, '', '', '{RECEIVED}', id, 0 FROM received)
SELECT received_at, receipt_slug, receipt_title FROM received
"""  # noqa: S608  constants of ours


class UploadRef(NamedTuple):
    """The upload of a file: its secret, and its offset for a PATCH."""

    secret: str | None = None
    offset: int | None = None


NO_UPLOAD = UploadRef()


def acknowledge(
    submission: Submission,
    staged: StagedFile,
    *,
    original: str,
    name: str,
    upload_ref: UploadRef = NO_UPLOAD,
) -> None:
    """Move a reservation to *received*; its file is stored as ``original`` already.

    Raises ``InvalidTransition`` and ``LostRace`` as `Stateful.move` does, and
    ``IntegrityError`` if a guard refuses. ``LostRace`` too if the participant is no
    longer active, if ``upload_ref`` is no longer the current secret and offset, or if
    another length or SHA-256 was declared meanwhile.
    """
    submission.require(SubmissionState.RESERVED)
    facts: dict[str, Any] = {
        "original": original,
        "original_name": name[:255],
        "sha256": staged.sha256,
        "size": staged.size,
        "receipt_issuer": settings.BASE_URL,
    }
    held = [
        submission.pk, *upload_ref, staged.size, staged.size, staged.sha256,
        staged.sha256,
    ]  # fmt: skip
    where = [submission.pk, upload_ref.secret]
    rows = run(ACKNOWLEDGE, [*actor_parameters(), *held, *facts.values(), *where])
    if not rows:
        raise LostRace(MOVED_ON)
    stamped = dict(zip(STAMPED, rows[0], strict=True))
    submission.apply_changes({"state": SubmissionState.RECEIVED, **stamped, **facts})
    enqueue_on_commit("core.send_mail")
    enqueue_on_commit("submissions.process", submission.pk)
