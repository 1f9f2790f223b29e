"""What can be done with a competition; every act is one guarded UPDATE."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from competitions import signals
from competitions.access import require_adding, require_organizer
from competitions.copying import COPIED, COPIED_OF_CATEGORIES, COPIED_OF_PRIZES
from competitions.models import Category, Competition, Prize
from competitions.states import CompetitionState
from mycenas.accounts.models import User
from mycenas.core.audit.actor import because
from mycenas.core.db import database
from mycenas.core.db.bounds import BLANK
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import ProblemError, refused_by
from mycenas.core.models import move_each
from mycenas.core.templatetags.ui import deadline_text

NOT_CANCELLED = {"cancelled_at": None}


def open_entries(competition: Competition, *, by: User) -> None:
    """Publish the competition and take entries from ``opens_at`` on.

    Refused while something that participants need is missing, or when the deadline
    has passed already.
    """
    require_organizer(competition, by)
    lacking = missing(competition)
    if lacking:
        raise ProblemError(
            _("Before it can open, this competition still needs: %(list)s.")
            % {"list": ", ".join(lacking)},
            code="competition_incomplete",
        )
    if competition.closes_at and competition.closes_at <= database.now():
        raise ProblemError(
            _("The deadline %(deadline)s has passed already; set one in the future.")
            % {"deadline": deadline_text(competition.closes_at, competition.zone)},
            code="competition_deadline_passed",
        )
    competition.move(CompetitionState.OPEN, opened_at=DatabaseNow())


def missing(competition: Competition) -> list[str]:
    """What a draft needs before it can open."""
    needs = {
        _("a brief"): competition.brief.strip(),
        _("rules"): competition.rules.strip(),
        _("the date entries open"): competition.opens_at,
        _("a deadline"): competition.closes_at,
        _("at least one prize"): competition.prizes.exists(),
    }
    return [str(name) for name, there in needs.items() if not there]


def incomplete() -> Q:
    """Drafts that `missing` says something about, as a condition for PostgreSQL."""
    return Q(state=CompetitionState.DRAFT, cancelled_at=None) & (
        Q(brief__regex=BLANK)
        | Q(rules__regex=BLANK)
        | Q(opens_at=None)
        | Q(closes_at=None)
        | Q(~Exists(Prize.objects.filter(competition=OuterRef("pk"))))
    )


def extend_deadline(
    competition: Competition, *, closes_at: datetime, reason: str, by: User
) -> None:
    """Move the deadline of an open competition later; participants read why.

    PostgreSQL takes the same moment again; without a move there is nothing to read.
    """
    require_organizer(competition, by)
    competition.require(CompetitionState.OPEN)
    if closes_at == competition.closes_at:
        raise refused_by("competition_deadline_only_later")
    text = _reason(reason)
    with because(text):
        competition.change(
            expect=NOT_CANCELLED, closes_at=closes_at, deadline_reason=text
        )


def begin_moderation(competition: Competition, *, by: User) -> None:
    """Stop taking entries once the deadline has passed."""
    require_organizer(competition, by)
    competition.move(CompetitionState.MODERATION, moderation_started_at=DatabaseNow())


def close_entries_early(competition: Competition, *, reason: str, by: User) -> None:
    """Set the deadline to now and stop taking entries; participants read why."""
    require_organizer(competition, by)
    text = _reason(reason)
    with because(text):
        competition.move(
            CompetitionState.MODERATION,
            closes_at=DatabaseNow(),
            deadline_reason=text,
            moderation_started_at=DatabaseNow(),
        )


def keep_deadlines() -> int:
    """Move every open competition whose deadline has passed; returns how many."""
    return move_each(
        Competition.objects.due(),
        CompetitionState.MODERATION,
        moderation_started_at=DatabaseNow(),
    )


def close(competition: Competition, *, by: User) -> None:
    """Freeze the entries; refused while any of them is undecided."""
    require_organizer(competition, by)
    competition.move(CompetitionState.CLOSED, closed_at=DatabaseNow())


def announce_winners(competition: Competition, *, by: User) -> None:
    """Publish the awards for good; refused without one."""
    require_organizer(competition, by)
    with transaction.atomic():
        competition.move(
            CompetitionState.WINNER_ANNOUNCED, winners_announced_at=DatabaseNow()
        )
        signals.winners_announced.send(Competition, competition=competition)


def cancel(competition: Competition, *, reason: str, by: User) -> None:
    """Stop everything in the competition; possible until winners are announced."""
    require_organizer(competition, by)
    text = _reason(reason)
    with because(text):
        competition.change(
            expect=NOT_CANCELLED, cancelled_at=DatabaseNow(), cancel_reason=text
        )
        signals.cancelled.send(Competition, competition=competition)


def copy(
    competition: Competition,
    *,
    title: str,
    slug: str,
    opens_at: datetime | None,
    closes_at: datetime | None,
    by: User,
) -> Competition:
    """Make a draft with the texts, limits, categories and prizes of the competition.

    Entries, given prizes, roles, invitations and the course of the competition stay
    with it. Reason codes belong to the organization.
    """
    require_adding(competition.organization, by)
    with because(f"copied from competition {competition.pk}"):
        # Until the copy names it, no one removes the cover that both share.
        rows = Competition.objects.select_for_update(no_key=True, of=("self",))
        source = rows.select_related("organization").get(pk=competition.pk)
        kept = {name: getattr(source, name) for name in COPIED}
        made = Competition.objects.create(
            title=title, slug=slug, opens_at=opens_at, closes_at=closes_at, **kept
        )
        _copy_parts(Category, competition, made, COPIED_OF_CATEGORIES)
        _copy_parts(Prize, competition, made, COPIED_OF_PRIZES)
    return made


def _copy_parts(
    kind: type[Category | Prize],
    competition: Competition,
    made: Competition,
    names: tuple[str, ...],
) -> None:
    rows: Any = kind._default_manager
    parts = rows.filter(competition=competition).values(*names)
    rows.bulk_create([kind(competition=made, **part) for part in parts])


def _reason(reason: str) -> str:
    text = " ".join(reason.split())
    if not text:
        raise ProblemError(
            _("Give a reason in one sentence; people will read it."),
            code="reason_missing",
        )
    return text[:240]
