"""The life of a competition: strictly forward, no way back."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mycenas.core.states.machine import StateMachine


class CompetitionState(models.TextChoices):
    DRAFT = "draft", _("draft")
    OPEN = "open", _("open")
    MODERATION = "moderation", _("moderation")
    CLOSED = "closed", _("closed")
    WINNER_ANNOUNCED = "winner_announced", _("winners announced")

    @property
    def shown(self) -> str:
        """What a page calls the state: moderation is a word of the staff's."""
        is_internal = self is CompetitionState.MODERATION
        return gettext("being judged") if is_internal else str(self.label)


class Phase(models.TextChoices):
    """What a visitor sees of a published competition at a given moment."""

    COMING = "coming", _("coming")
    OPEN = "open", _("open for entries")
    JUDGING = "judging", _("being judged")
    DECIDED = "decided", _("decided")


COMPETITION = StateMachine(
    name="competition",
    table="competitions_competition",
    states=CompetitionState,
    initial=CompetitionState.DRAFT,
    moves={
        CompetitionState.DRAFT: frozenset({CompetitionState.OPEN}),
        CompetitionState.OPEN: frozenset({CompetitionState.MODERATION}),
        CompetitionState.MODERATION: frozenset({CompetitionState.CLOSED}),
        CompetitionState.CLOSED: frozenset({CompetitionState.WINNER_ANNOUNCED}),
        CompetitionState.WINNER_ANNOUNCED: frozenset(),
    },
)

TIED = _(
    "The state of a competition and the times of its steps go together; nothing was "
    "changed."
)

ONE_PLACE = _(
    "Another row of this competition has this position. Look at the order and save "
    "again."
)

NO_MAIL_ADDRESS = _(
    "A contact address has one “@” with text on both sides, in lower case and ASCII. "
    "Type it like name@example.org."
)

SLUG_IN_ADDRESSES = _(
    "A slug is a part of addresses: give it letters, digits, hyphens or underscores."
)
_CATEGORY_SLUG = _(
    "Another category of this competition has this slug, perhaps with letters of "
    "another case; choose another."
)

SENTENCES = {
    "competition_slug_in_addresses": SLUG_IN_ADDRESSES,
    "category_slug_in_addresses": SLUG_IN_ADDRESSES,
    "competition_moves": _(
        "A competition only goes forward: draft, open, moderation, closed, winners "
        "announced. No step can be skipped or taken back."
    ),
    "competition_starts": _("A new competition starts as a draft."),
    "competition_zone_of_a_place": _(
        "The dates of a competition are in the time zone of a place, for example "
        "Europe/Athens, or in UTC."
    ),
    "competition_dates_set": _(
        "Set when entries open and when they close before opening the competition."
    ),
    "competition_opens_before_it_closes": _(
        "Entries must open before they close; put the deadline after the opening."
    ),
    "competition_deadline_only_later": _(
        "The deadline of an open competition can only move later, with a reason."
    ),
    "competition_deadline_has_reason": _(
        "Say why the deadline moves; participants will read it."
    ),
    "competition_moderation_after_deadline": _(
        "Entries are still coming in: moderation begins when the deadline has passed."
    ),
    "competition_all_decided": _(
        "Some entries are still being received, checked or reviewed. Decide on each "
        "of them, then close."
    ),
    "competition_has_award": _(
        "Give at least one prize to an approved entry before announcing the winners."
    ),
    "competition_is_final": _(
        "The winners are announced; this competition can no longer be changed."
    ),
    "competition_cancelled_stays": _(
        "This competition is cancelled; nothing in it moves any more."
    ),
    "competition_cancel_has_reason": _("Say why the competition is cancelled."),
    "competition_dates_fixed": _(
        "The dates of a competition that has opened stay as they are; only an open "
        "competition's deadline can move later."
    ),
    "competition_facts_stay": _(
        "Whose competition this is and when it changed its state are facts; they stay."
    ),
    "competition_blind_fixed": _(
        "Whether a competition is blind is fixed once it is open."
    ),
    "competition_stays": _(
        "Only a draft can be deleted; cancel the competition instead."
    ),
    "competition_known_state": _("A competition has no such state."),
    "competition_opened_at_tied": TIED,
    "competition_moderation_at_tied": TIED,
    "competition_closed_at_tied": TIED,
    "competition_announced_at_tied": TIED,
    "competition_times_in_order": TIED,
    "competition_announced_is_not_cancelled": _(
        "A cancelled competition announces no winners."
    ),
    "competition_slug_once_in_any_case": _(
        "Another competition has this slug, perhaps with letters of another case; "
        "choose another."
    ),
    "category_slug_once": _CATEGORY_SLUG,
    "category_slug_once_in_any_case": _CATEGORY_SLUG,
    "competition_contact_canonical": NO_MAIL_ADDRESS,
    "competition_cover_complete": _(
        "A cover has the name of its files and their size in pixels."
    ),
    "competition_cover_described": _("Say in a few words what the cover shows."),
    "category_position_once": ONE_PLACE,
    "prize_position_once": ONE_PLACE,
}

# Where such a sentence stands in a form.
FIELDS = {
    "competition_moves": "state",
    "competition_starts": "state",
    "competition_known_state": "state",
    "competition_dates_set": "closes_at",
    "competition_opens_before_it_closes": "closes_at",
    "competition_deadline_only_later": "closes_at",
    "competition_deadline_has_reason": "reason",
    "competition_dates_fixed": "closes_at",
    "competition_moderation_after_deadline": "closes_at",
    "competition_cancel_has_reason": "reason",
    "competition_blind_fixed": "blind",
    "category_slug_once": "slug",
    "category_slug_once_in_any_case": "slug",
    "competition_slug_once_in_any_case": "slug",
    "competition_contact_canonical": "contact",
    "competition_cover_complete": "cover",
    "competition_cover_described": "cover_alt",
    "competition_cover_width_bounds": "cover",
    "competition_cover_height_bounds": "cover",
    "category_position_once": "position",
    "prize_position_once": "position",
    "competition_slug_in_addresses": "slug",
    "category_slug_in_addresses": "slug",
}
