"""Request changes of an entry in review, and take the request back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.audit.actor import because, in_name_of
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import ProblemError, refused_by, require_text
from mycenas.core.models import move_each
from submissions.access import require_may_decide
from submissions.mails import write_to_artist
from submissions.models import Submission
from submissions.review.claims import workflow as claims
from submissions.review.permits.models import LONGEST_REASON, MOST_DAYS, Permit
from submissions.review.permits.states import PermitState
from submissions.states import SubmissionState


def request_changes(
    submission: Submission, *, reason: str, days: int, by: User
) -> Permit:
    """Permit the artist to replace an entry in review within ``days``.

    The entry itself is not touched. PostgreSQL says whether changes can be requested.
    """
    require_may_decide(submission, by)
    text = require_text(reason, "permit_has_reason")[:LONGEST_REASON]
    if not 1 <= days <= MOST_DAYS:
        raise refused_by("permit_lasts_days")
    with in_name_of(by), because(text):
        _expire(Permit.objects.filter(submission=submission))
        permit = Permit.objects.create(
            submission=submission,
            reason=text,
            requested_by=by,
            expires_at=DatabaseNow() + timedelta(days=days),
        )
        permit.refresh_from_db()
        claims.release(submission, by=by)
        write_to_artist(submission, "changes_requested", more={"permit": permit})
    return permit


def withdraw_request(submission: Submission, *, by: User) -> None:
    """End the open permit of an entry before it is used; the artist gets mail."""
    require_may_decide(submission, by)
    permit = open_permit(submission)
    if permit is None:
        raise ProblemError(
            _("No changes of this entry are requested. Reload the page."),
            code="no_permit",
        )
    with in_name_of(by), transaction.atomic():
        permit.move(PermitState.WITHDRAWN, ended_by=by, ended_at=DatabaseNow())
        write_to_artist(submission, "changes_not_needed")


def open_permit(submission: Submission) -> Permit | None:
    """The permit that was neither used nor ended, with the person who made it."""
    rows = Permit.objects.select_related("requested_by")
    return rows.open().filter(submission=submission).first()


def holding(entries: Collection[int]) -> dict[int, Permit]:
    """The permits that keep these entries from a decision, by entry.

    ``is_in_use`` says whether a changed version that it permits may still come.
    """
    found = Permit.objects.open().filter(submission__in=entries)
    rows = found.annotate(is_in_use=Exists(_coming()))
    rows = rows.filter(
        models.Q(expires_at__gt=DatabaseNow()) | models.Q(is_in_use=True)
    )
    return {one.submission_id: one for one in rows}


def expire_due() -> int:
    """Expire the permits whose time is over; returns how many."""
    return _expire(Permit.objects.all())


def _expire(rows: models.QuerySet[Permit]) -> int:
    due = rows.filter(state=PermitState.OPEN, expires_at__lte=DatabaseNow())
    due = due.exclude(Exists(_coming()))
    return move_each(due, PermitState.EXPIRED, ended_at=DatabaseNow())


def _coming() -> models.QuerySet[Submission]:
    """Changed versions of the permit's entry whose files may still come."""
    return Submission.objects.filter(
        replaces=OuterRef("submission"),
        state=SubmissionState.RESERVED,
        upload_until__gte=DatabaseNow(),
    )
