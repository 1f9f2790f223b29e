from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mycenas.core.audit import Audited


class DrawsConfig(AppConfig):
    name = "mycenas.core.draws"
    label = "draws"
    verbose_name = _("draws")
    guards: ClassVar[dict[str, str]] = {
        "draw_has_list": "A draw has a list of texts, sorted and each of them once.",
        "draw_reveals_seed": (
            "When it is drawn, a draw gets the seed that was stored for it, and no "
            "other."
        ),
        "draw_stamped_when_committed": (
            "The database clock stamps when a list is committed."
        ),
        "draw_stamped_when_drawn": "The database clock stamps when a list is drawn.",
        "draw_facts_stay": "What was committed for a draw never changes.",
        "draw_outcome_stays": "What was drawn never changes.",
        "draw_stays": "Draws are never deleted.",
        "seed_as_committed": (
            "The seed of a draw has 32 bytes and the SHA-256 that was committed, and "
            "is stored before the draw."
        ),
        "seed_stays": "The seed of a draw is never changed or deleted.",
    }
    privileges: ClassVar[dict[str, str]] = {
        "draws_draw": "INSERT, SELECT, UPDATE",
        "draws_seed": "INSERT",
    }
    audited = (Audited("draw", "draws_draw", left_out=("items", "seed")),)

    def ready(self) -> None:
        from mycenas.core.draws.states import SENTENCES
        from mycenas.core.http.errors import explain_constraints

        explain_constraints(SENTENCES)
