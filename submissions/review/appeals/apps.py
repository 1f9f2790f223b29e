from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mycenas.core.audit import Audited


class AppealsConfig(AppConfig):
    name = "submissions.review.appeals"
    label = "appeals"
    verbose_name = _("appeals")
    guards: ClassVar[dict[str, str]] = {
        "appeal_made": (
            "Only the artist appeals, against a rejection that can no longer be "
            "undone, until the competition is closed; the rejection is copied."
        ),
        "appeal_decided": (
            "An appeal is decided under the name of the person who acts, not by the "
            "artist, until the competition is closed."
        ),
        "appeal_named_by_its_person": (
            "The person who decides on an appeal is the one who acts."
        ),
        "appeal_decided_by_role": (
            "A person who decides on an appeal is organizer or moderator there then."
        ),
        "appeal_stamped_when_made": "The database clock stamps when an appeal is made.",
        "appeal_stamped_when_decided": (
            "The database clock stamps when an appeal is decided."
        ),
        "appeal_facts_stay": "An appeal and its rejection never change.",
        "appeal_decision_stays": "The decision on an appeal never changes.",
        "appeal_upheld_reopens": (
            "An entry whose appeal is upheld leaves its rejection in the same "
            "transaction."
        ),
        "appeal_stays": "Appeals are never deleted.",
        "submission_appeal_comes_first": (
            "A rejected entry with an open appeal is put back in review only by "
            "upholding it."
        ),
        "competition_appeals_decided": (
            "A competition is closed only when all of its appeals are decided."
        ),
    }
    privileges: ClassVar[dict[str, str]] = {"appeals_appeal": "INSERT, SELECT, UPDATE"}
    audited = (Audited("appeal", "appeals_appeal"),)

    def ready(self) -> None:
        from mycenas.core.http.errors import explain_constraints
        from mycenas.staff.exports.journal import add_journal, add_veiled
        from submissions.exports import journal_of_parts, veil_of_parts
        from submissions.review.appeals.dashboard import APPEALS
        from submissions.review.appeals.models import Appeal
        from submissions.review.appeals.states import FIELDS, SENTENCES

        explain_constraints(SENTENCES, FIELDS)
        APPEALS.register()
        add_journal(journal_of_parts(Appeal))
        add_veiled(veil_of_parts(Appeal))
