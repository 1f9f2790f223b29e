"""Mails about an entry, written with the act they tell of."""

from __future__ import annotations

from mycenas.core.mail import absolute, write_mail
from submissions.models import Submission


def write_to_artist(submission: Submission, template: str) -> None:
    """Store the mail ``emails/submissions/<template>`` for the entry's artist."""
    write_mail(
        submission.participant.email,
        f"submissions/{template}",
        {
            "submission": submission,
            "competition": submission.competition,
            "receipt_address": absolute("submissions:receipt", submission.token),
            "entry_address": absolute("submissions:entry", submission.public_id),
            "enter_address": absolute("submissions:enter", submission.competition.slug),
        },
    )
