"""The buttons on the admin pages of competitions."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from competitions import workflow
from competitions.access import ADDED_BY, adds_to
from competitions.forms import CopyForm, DeadlineForm
from competitions.models import Competition
from competitions.states import CompetitionState as S
from mycenas.core.db import database
from mycenas.staff.verbs import AdminVerb, ReasonForm


def _in(*states: S) -> Any:
    return lambda competition: (
        competition.state in states and not competition.is_cancelled
    )


def _is_overdue(competition: Competition) -> bool:
    """Moderation begins when the deadline has passed."""
    if not _in(S.OPEN)(competition) or competition.closes_at is None:
        return False
    return bool(competition.closes_at <= database.now())


VERBS = (
    AdminVerb(
        "open",
        _("Open"),
        _("Publishes the competition. Entries can be made between its dates."),
        lambda c, user, data: workflow.open_entries(c, by=user),
        _in(S.DRAFT),
        is_next_step=True,
    ),
    AdminVerb(
        "extend-deadline",
        _("Move the deadline later"),
        _("Entries are taken longer. Everybody sees the new deadline."),
        lambda c, user, data: workflow.extend_deadline(c, by=user, **data),
        _in(S.OPEN),
        DeadlineForm,
        wants_object=True,
    ),
    AdminVerb(
        "close-entries-early",
        _("Stop entries now"),
        _("Sets the deadline to this moment, and begins the moderation."),
        lambda c, user, data: workflow.close_entries_early(c, by=user, **data),
        _in(S.OPEN),
        ReasonForm,
    ),
    AdminVerb(
        "begin-moderation",
        _("Begin moderation"),
        _("Happens by itself when the deadline has passed."),
        lambda c, user, data: workflow.begin_moderation(c, by=user),
        _is_overdue,
    ),
    AdminVerb(
        "close",
        _("Close"),
        _("Freezes the entries, once each of them is decided."),
        lambda c, user, data: workflow.close(c, by=user),
        _in(S.MODERATION),
        is_next_step=True,
    ),
    AdminVerb(
        "announce",
        _("Announce the winners"),
        _("Publishes the prizes."),
        lambda c, user, data: workflow.announce_winners(c, by=user),
        _in(S.CLOSED),
        is_next_step=True,
    ),
    AdminVerb(
        "cancel",
        _("Cancel the competition"),
        _("Stops everything in it for good."),
        lambda c, user, data: workflow.cancel(c, by=user, **data),
        _in(S.DRAFT, S.OPEN, S.MODERATION, S.CLOSED),
        ReasonForm,
    ),
    AdminVerb(
        "copy",
        _("Copy"),
        _(
            "Makes a draft with the same brief, rules, categories, prizes and limits. "
            "Entries, given prizes, people and invitations are not copied. Read the "
            "texts again: they may name dates of this competition."
        ),
        lambda c, user, data: workflow.copy(c, by=user, **data),
        lambda competition: True,
        CopyForm,
        wants_object=True,
        barred=lambda c, user: None if adds_to(user, c.organization_id) else ADDED_BY,
        made_page="overview",
    ),
)
