from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mycenas.core.audit import Audited
from mycenas.core.db.texts import GUARD as GUARD_OF_TEXTS


class PermitsConfig(AppConfig):
    name = "submissions.review.permits"
    label = "permits"
    verbose_name = _("requests for changes")
    guards: ClassVar[dict[str, str]] = {
        "permit_made": (
            "Another person than the artist requests changes, under the own name, of "
            "an entry in review that no other person has claimed, for at most 30 days "
            "and until the competition is closed."
        ),
        "permit_ended": (
            "A permit is used only as the changed version is received; it is withdrawn "
            "by another person than the artist, and expires, only while none is on its "
            "way."
        ),
        "permit_requested_by_its_person": (
            "The person who requests changes is the one who acts."
        ),
        "permit_ended_by_its_person": ("So is the person who takes the request back."),
        "permit_made_by_role": (
            "A person who requests changes is organizer or moderator there then."
        ),
        "permit_withdrawn_by_role": "So is the person who takes the request back.",
        "permit_stamped_when_made": "The database clock stamps when a permit is made.",
        "permit_stamped_when_ended": "The database clock stamps when a permit ends.",
        "permit_facts_stay": "What was requested, by whom and until when, stays.",
        "permit_end_stays": "How a permit ended never changes.",
        "permit_stays": "Permits are never deleted.",
        "submission_changes_requested": (
            "An entry in review is not decided while a permit for it runs, or while a "
            "changed version is on its way."
        ),
        "submission_holds_replaced": (
            "A changed version is received one at a time with decisions on the entry "
            "that it replaces."
        ),
        "submission_replaces": (
            "The statement that receives a changed version withdraws the entry that it "
            "replaces, and uses the permit."
        ),
        "permit_texts_can_be_seen": GUARD_OF_TEXTS,
    }
    privileges: ClassVar[dict[str, str]] = {"permits_permit": "INSERT, SELECT, UPDATE"}
    audited = (Audited("permit", "permits_permit"),)

    def ready(self) -> None:
        from mycenas.core.http.errors import explain_constraints
        from mycenas.core.queue.tasks import add_sweeper
        from mycenas.staff.exports.journal import add_journal, add_veiled
        from submissions.exports import journal_of_parts, veil_of_parts
        from submissions.review.permits.models import Permit
        from submissions.review.permits.states import FIELDS, SENTENCES
        from submissions.review.permits.workflow import expire_due

        explain_constraints(SENTENCES, FIELDS)
        add_sweeper("permits.expire", expire_due)
        add_journal(journal_of_parts(Permit))
        add_veiled(veil_of_parts(Permit))
