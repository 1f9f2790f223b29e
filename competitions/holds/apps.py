from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mycenas.core.audit import Audited
from mycenas.core.db.privileges import READ
from mycenas.core.db.texts import GUARD as GUARD_OF_TEXTS


class HoldsConfig(AppConfig):
    name = "competitions.holds"
    label = "holds"
    verbose_name = _("holds")
    guards: ClassVar[dict[str, str]] = {
        "competition_hold": (
            "Winners are not announced while a jury round is neither published nor "
            "cancelled."
        ),
        "hold_stamped": "The database clock stamps when a hold is placed.",
        "hold_texts_can_be_seen": GUARD_OF_TEXTS,
    }
    # Only triggers, as the owner, write it.
    privileges: ClassVar[dict[str, str]] = {"competitions_hold": READ}
    audited = (Audited("hold", "competitions_hold"),)

    def ready(self) -> None:
        from competitions.holds.constraints import SENTENCES
        from mycenas.core.http.errors import explain_constraints

        explain_constraints(SENTENCES)
