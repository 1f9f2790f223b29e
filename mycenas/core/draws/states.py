"""The life of a draw: list and seed are committed first, the seed is revealed later."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mycenas.core.states.machine import StateMachine


class DrawState(models.TextChoices):
    COMMITTED = "committed", _("committed")
    DRAWN = "drawn", _("drawn")


DRAW = StateMachine(
    name="draw",
    table="draws_draw",
    states=DrawState,
    initial=DrawState.COMMITTED,
    moves={
        DrawState.COMMITTED: frozenset({DrawState.DRAWN}),
        DrawState.DRAWN: frozenset(),
    },
)

TIED = _("The state of a draw, its seed and its time go together; nothing was changed.")
BEACON = _(
    "The source, the round and the value of the beacon go together: the round is named "
    "when the list is committed, its value when it is drawn."
)

SENTENCES = {
    "draw_moves": _("This is drawn already. Reload the page to see the order."),
    "draw_starts": _("A draw starts with a committed list."),
    "draw_known_state": _("A draw has no such state."),
    "draw_list_has_digest": _(
        "The SHA-256 of the list is not that of the list. Nothing was stored."
    ),
    "draw_commitment_is_sha256": _("The commitment of a seed is its SHA-256."),
    "draw_has_list": _("A draw needs a list of texts, each of them once."),
    "draw_seed_as_committed": _("The seed is not the one that was committed."),
    "draw_drawn_tied": TIED,
    "draw_beacon_named": BEACON,
    "draw_beacon_tied": BEACON,
    "draw_once": _("For this purpose a list is committed already."),
    "draw_has_seed": _("The seed of this draw was never stored."),
    "draw_facts_stay": _("What was committed for a draw stays as it is."),
    "draw_outcome_stays": _("A draw stays as it was drawn."),
    "draw_stays": _("Draws are never deleted."),
    "seed_as_committed": _("The seed is not the one that was committed."),
    "seed_stays": _("The seed of a draw stays as it is."),
    "draw_is_a_draw": _("Only a draw reveals its seed."),
}
