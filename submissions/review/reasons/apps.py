from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mycenas.core.audit import Audited
from mycenas.core.db.privileges import EVERYTHING


class ReasonsConfig(AppConfig):
    name = "submissions.review.reasons"
    label = "reasons"
    verbose_name = _("reasons for rejecting")
    guards: ClassVar[dict[str, str]] = {
        "organization_gets_reasons": (
            "A new organization gets reasons for rejecting, to be edited."
        ),
        "reason_code_stays": "A reason keeps its organization and its code.",
        "submission_code_in_use": (
            "A rejection names a reason code that its organization uses then."
        ),
    }
    privileges: ClassVar[dict[str, str]] = {
        "reasons_reason": EVERYTHING,
        "reasons_reasontext": EVERYTHING,
    }
    audited = (
        Audited("reason", "reasons_reason"),
        Audited("reason_text", "reasons_reasontext"),
    )

    def ready(self) -> None:
        from mycenas.core.http.errors import explain_constraints
        from mycenas.staff.imports.kinds import add_import
        from submissions.review.reasons.constraints import FIELDS, SENTENCES
        from submissions.review.reasons.imports import REASONS

        explain_constraints(SENTENCES, FIELDS)
        add_import(REASONS)
