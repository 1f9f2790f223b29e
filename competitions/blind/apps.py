from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mycenas.core.audit import Audited
from mycenas.core.db.texts import GUARD as GUARD_OF_TEXTS


class BlindConfig(AppConfig):
    name = "competitions.blind"
    label = "blind"
    verbose_name = _("blind competitions")
    guards: ClassVar[dict[str, str]] = {
        "unblinding_guard": (
            "Artists of a blind competition are shown to one organizer or "
            "administrator, under the name of the person who acts, while their names "
            "are hidden."
        ),
        "unblinding_stamped": (
            "The database clock stamps when artists are shown to a person."
        ),
        "unblinding_stays": (
            "To whom artists were shown, why and when, never changes and is never "
            "deleted."
        ),
        "unblinding_texts_can_be_seen": GUARD_OF_TEXTS,
    }
    privileges: ClassVar[dict[str, str]] = {"blind_unblinding": "INSERT, SELECT"}
    audited = (Audited("unblinding", "blind_unblinding"),)

    def ready(self) -> None:
        from competitions.blind.constraints import SENTENCES
        from competitions.blind.panels import panels
        from competitions.models import Competition
        from mycenas.core.http.errors import explain_constraints
        from mycenas.staff import dashboard as staff

        explain_constraints(SENTENCES)
        staff.add_panels(Competition, panels)
