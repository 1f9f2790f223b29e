from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mycenas.core.db.privileges import EVERYTHING


class ClaimsConfig(AppConfig):
    name = "submissions.review.claims"
    label = "claims"
    verbose_name = _("claims of entries in review")
    guards: ClassVar[dict[str, str]] = {
        "claim_guard": (
            "A moderator claims entries of others, and only for themselves; a claim "
            "lasts five minutes by the database clock, and no one takes it over before."
        ),
        "claim_made_by_role": (
            "A person who claims an entry is organizer or moderator there then."
        ),
        "claim_released_by_its_moderator": (
            "While an entry is in review, no other person ends a claim on it that has "
            "not expired."
        ),
        "submission_claimed_by_another": (
            "An entry in review is not decided while another person holds a claim on "
            "it that has not expired."
        ),
    }
    privileges: ClassVar[dict[str, str]] = {"claims_claim": EVERYTHING}

    def ready(self) -> None:
        from mycenas.core.http.errors import explain_constraints
        from submissions.review.claims.constraints import SENTENCES

        explain_constraints(SENTENCES)
