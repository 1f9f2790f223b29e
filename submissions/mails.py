"""Mails about an entry, written with the act that they report."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from competitions import signals
from competitions.models import Competition
from mycenas.accounts.models import User
from mycenas.core.models import Mail
from mycenas.core.queue.mail import (
    absolute,
    delete_unlocked,
    drop_outdated,
    render_on_send,
    worded,
    write_mail,
    write_many_later,
    write_worded,
)
from mycenas.staff.letters import Letter
from submissions.access import deciders
from submissions.models import Award, Submission
from submissions.states import SubmissionState as S

RECEIVED = "submissions/received"
ANNOUNCED, CANCELLED = "submissions/announced", "submissions/cancelled"
DECIDERS = _("the other organizers and moderators")
# The states of entries whose people are written to.
ABOUT = {
    ANNOUNCED: (S.APPROVED, S.REJECTED),
    CANCELLED: (
        S.RESERVED, S.RECEIVED, S.PROCESSING, S.QUARANTINED, S.PENDING, S.APPROVED,
        S.REJECTED,
    ),
}  # fmt: skip


def write_to_artist(
    submission: Submission,
    template: str,
    *,
    not_before: datetime | None = None,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Store the mail ``emails/submissions/<template>`` for the entry's artist.

    ``more`` goes into the template. One that is sent later can be recalled by the
    entry's primary key until then.
    """
    write_worded(
        submission.participant.email,
        *mail_to_artist(submission, template, more=more),
        reply_to=submission.competition.contact,
        about=submission.pk,
        not_before=not_before,
    )


def write_to_deciders(
    submission: Submission,
    template: str,
    verb: str,
    *,
    but: User | None,
    more: Mapping[str, Any],
) -> None:
    """Store a mail for each person who may decide on the entry, other than ``but``.

    It leads to the page of ``verb``.
    """
    facts = _facts_for_deciders(submission, verb, more)
    for person in deciders(submission, but=but):
        write_mail(person.email, f"submissions/{template}", {**facts, "person": person})


def letters_to_deciders(
    submission: Submission,
    template: str,
    verb: str,
    *,
    but: User,
    more: Mapping[str, Any],
) -> list[Letter]:
    """Those mails, for ``but`` to read before they are sent.

    Who gets none would say who the artist is: that of a blind competition goes to all.
    """
    facts = _facts_for_deciders(submission, verb, more)
    name = f"submissions/{template}"
    if not submission.shows_artist:
        return [Letter(DECIDERS, *worded(name, {**facts, "person": DECIDERS}), True)]
    return [
        Letter(str(one), *worded(name, {**facts, "person": one}))
        for one in deciders(submission, but=but)
    ]


def _facts_for_deciders(
    submission: Submission, verb: str, more: Mapping[str, Any]
) -> dict[str, Any]:
    page = absolute("admin:submissions_submission_do", submission.pk, verb)
    return {**_facts(submission), "page_address": page, **more}


def mail_to_artist(
    submission: Submission,
    template: str,
    *,
    artist: str = "",
    more: Mapping[str, Any] | None = None,
) -> tuple[str, str]:
    """The subject and the body of that mail; ``artist`` stands for the name."""
    facts = {**_facts(submission, artist), **(more or {})}
    return worded(f"submissions/{template}", facts)


def preview(submission: Submission, to: S, *, reason: str = "") -> Letter:
    """The mail that the artist will get about a decision, for staff to read."""
    decided = copy(submission)
    decided.apply_changes({"state": to, "decision_reason": reason})
    return letter_to_artist(decided, to)


def letter_to_artist(
    submission: Submission, template: str, *, more: Mapping[str, Any] | None = None
) -> Letter:
    """The mail of `write_to_artist`, for staff to read before it is sent.

    It names the artist as their pages do: not in a blind competition.
    """
    name = submission.artist
    return Letter(name, *mail_to_artist(submission, template, artist=name, more=more))


def recall_outdated(key: int) -> None:
    """Delete mails about decisions that were taken off the entry with this key.

    Their time is that of the decision; after the next move the entry has none.
    """
    waiting = Mail.objects.filter(about=key, sent_at=None, not_before__isnull=False)
    present = Submission.objects.filter(pk=key, undo_until=OuterRef("not_before"))
    delete_unlocked(waiting.exclude(Exists(present)))


def _is_outdated(mail: Mail) -> bool:
    """Whether the decision that a mail reports was taken off since, by any writer."""
    decided = Submission.objects.filter(pk=mail.about or 0, undo_until=mail.not_before)
    return not decided.exists()


def _facts(submission: Submission, artist: str = "") -> dict[str, Any]:
    return {
        "submission": submission,
        "artist": artist or submission.participant,
        "competition": submission.competition,
        "reply_to": submission.competition.contact,
        "receipt_address": absolute("submissions:receipt", submission.token),
        "entry_address": absolute("submissions:entry", submission.public_id),
        "enter_address": absolute("submissions:enter", submission.competition.slug),
    }


def _facts_of_received(key: int) -> dict[str, Any]:
    rows = Submission.objects.select_related("competition", "participant")
    return _facts(rows.get(pk=key))


# --- to everybody who entered: one mail, rendered by the worker from the first entry


def first_entries(competition: Any, template: str) -> QuerySet[Submission]:
    """An entry of each person who gets the mail, the person's first."""
    rows = Submission.objects.filter(
        competition=competition, state__in=ABOUT[template], participant__is_active=True
    )
    return rows.order_by("participant_id", "pk").distinct("participant_id")


def _write_to_all(competition: Competition, template: str) -> None:
    rows = first_entries(competition, template)
    write_many_later(template, rows.values_list("participant__email", "pk"))


@receiver(signals.winners_announced)
def write_results(competition: Competition, **_: Any) -> None:
    _write_to_all(competition, ANNOUNCED)


@receiver(signals.cancelled)
def write_cancellation(competition: Competition, **_: Any) -> None:
    _write_to_all(competition, CANCELLED)


def _facts_of_participant(key: int, template: str) -> dict[str, Any]:
    first = Submission.objects.select_related("competition", "participant").get(pk=key)
    competition = first.competition
    own = Submission.objects.filter(
        competition=competition, participant=first.participant
    )
    awards = Award.objects.standing().filter(submission__in=own)
    return {
        "person": first.participant,
        "competition": competition,
        "reply_to": competition.contact,
        "entries": own.filter(state__in=ABOUT[template]).order_by("pk"),
        "awards": awards.select_related("prize", "submission"),
        "competition_address": absolute("competitions:detail", competition.slug),
        "mine_address": absolute("submissions:mine"),
    }


# The guard `mail_has_known_template` of PostgreSQL has these names as well.
# The acknowledgment waits for nothing that can be done afterwards.
render_on_send(RECEIVED, _facts_of_received)
drop_outdated(_is_outdated)
render_on_send(ANNOUNCED, lambda key: _facts_of_participant(key, ANNOUNCED))
render_on_send(CANCELLED, lambda key: _facts_of_participant(key, CANCELLED))
