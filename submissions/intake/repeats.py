"""The same file entered again: the receipt that exists, unless it is meant so."""

from __future__ import annotations

from contextlib import suppress

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from mycenas.core.db import prepared
from mycenas.core.db.clock import DatabaseNow
from mycenas.core.http.errors import MOVED_ON, LostRace, Refused, constraint_of
from mycenas.core.queue.mail import absolute
from mycenas.storage import StorageFailed, Store
from submissions.models import Submission
from submissions.states import NOT_COUNTED
from submissions.states import SubmissionState as S

ONCE_PER_FILE = "submission_once_per_file"


class EnteredBefore(Refused):
    """The person's ``entry`` in the same competition has the same bytes."""

    code = "entered_before"

    def __init__(self, entry: Submission) -> None:
        self.entry = entry
        super().__init__(
            _(
                "You have entered this file here already, at %(at)s (UTC): entry "
                "%(reference)s. Nothing was entered twice."
            )
            % {
                "at": f"{entry.arrived_at:%Y-%m-%d %H:%M:%S}",
                "reference": entry.public_id,
            },
            token=entry.token,
            receipt_url=absolute("submissions:receipt", entry.token),
        )


def known(
    competition_id: int, person_id: int, key: str, sha256: str | None
) -> Submission | None:
    """The person's ticket with this key, by one look.

    Raises ``EnteredBefore`` if there is none, but an entry with these bytes.
    """
    found = prepared.select_where(
        Submission,
        "competition_id = %s AND participant_id = %s"
        " AND (idempotency_key = %s OR sha256 = %s AND state <> 'withdrawn')",
        [competition_id, person_id, key, sha256],
    )
    for entry in found:
        if entry.idempotency_key == key:
            return entry
    if found:
        raise EnteredBefore(min(found, key=lambda entry: entry.pk))
    return None


def end_repeat(
    ticket: Submission, error: IntegrityError, sha256: str, kept: str, files: Store
) -> Refused:
    """End a ticket whose file PostgreSQL knows already; why it was refused.

    Once the ticket has ended nothing can take over the file that was kept for it.
    """
    if constraint_of(error) != ONCE_PER_FILE:
        raise error
    first = (
        Submission.objects.filter(
            competition_id=ticket.competition_id,
            participant_id=ticket.participant_id,
            sha256=sha256,
        )
        .exclude(state__in=NOT_COUNTED)
        .order_by("pk")
        .first()
    )
    if first is None:
        return LostRace(MOVED_ON)
    refused = EnteredBefore(first)
    with suppress(LostRace, StorageFailed):
        ticket.move(S.EXPIRED, refused_at=DatabaseNow(), refusal=str(refused.sentence))
        files.remove_original(kept)
    return refused
