from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mycenas.core.audit import Audited
from mycenas.core.db.privileges import EVERYTHING
from mycenas.core.db.texts import GUARD as GUARD_OF_TEXTS

RUN_BY_ORGANIZERS = (
    "Where a person acts, an organizer of the competition runs its rounds: settings, "
    "entries, jurors, assignments and steps."
)
WITH_ROLE = (
    "Entries are assigned to people with the role of juror, and only they are taken "
    "back onto a jury."
)
SAID_BY_JUROR = (
    "A juror who has the role, accepted the rules and is not absent scores, writes or "
    "abstains, while the round is open by the database clock."
)


class JudgingConfig(AppConfig):
    name = "submissions.judging"
    label = "judging"
    verbose_name = _("judging")
    guards: ClassVar[dict[str, str]] = {
        "round_guard": (
            "A round opens with jurors, entries and criteria; goes back to draft only "
            "while nothing is scored; closes one at a time with scores; its settings "
            "are fixed once it is open."
        ),
        "round_by_organizer": RUN_BY_ORGANIZERS,
        "criterion_by_organizer": RUN_BY_ORGANIZERS,
        "candidate_by_organizer": RUN_BY_ORGANIZERS,
        "juror_by_organizer": RUN_BY_ORGANIZERS,
        "juror_absent_by_organizer": RUN_BY_ORGANIZERS,
        "assignment_by_organizer": RUN_BY_ORGANIZERS,
        "juror_taken_back_by_role": WITH_ROLE,
        "assignment_within_role": WITH_ROLE,
        "assignment_of_juror": SAID_BY_JUROR,
        "score_of_juror": SAID_BY_JUROR,
        "remark_of_juror": SAID_BY_JUROR,
        "conflict_by_juror": (
            "A conflict is one of a juror of the competition, declared before the "
            "winners are announced; own work is the juror's own."
        ),
        "round_is_begun": (
            "A round of which a juror wrote something does not go back to draft."
        ),
        "round_stamped": "The database clock stamps the steps of a round.",
        "round_stays": "Only a draft of a round is deleted.",
        "round_holds": "A round holds its competition back until it ends.",
        "criterion_of_draft": "Criteria change only while the round is a draft.",
        "juror_guard": (
            "A juror is a person with the role of juror, accepts the rules under the "
            "own name, and leaves a round only before it opens."
        ),
        "juror_tagged": (
            "The database makes the tag under which the order of a juror's entries is "
            "published, and it never changes."
        ),
        "juror_stamped": "The database clock stamps what jurors accept.",
        "candidate_of_draft": (
            "The entries of a round change only while it is a draft."
        ),
        "candidate_guard": (
            "The entries of a round are accepted ones of its competition and category."
        ),
        "conflict_guard": (
            "A conflict is declared by the juror or by an organizer, under the own "
            "name."
        ),
        "conflict_voids": (
            "A conflict makes the assignments of its pair void, and with them the "
            "scores, in rounds that are not closed."
        ),
        "conflict_stamped": "The database clock stamps when a conflict is declared.",
        "conflict_stays": "A conflict is never changed or deleted.",
        "assignment_guard": (
            "An entry of the round is assigned to a juror of the round who has no "
            "conflict with it and did not make it; the juror alone abstains; a "
            "conflict makes it void, or absence if it is not scored; it stays once it "
            "is scored."
        ),
        "assignment_remarked": (
            "An assignment of which its juror wrote something stays; the database "
            "counts what was written."
        ),
        "assignment_stamped": "The database clock stamps the steps of an assignment.",
        "score_guard": (
            "A score is given by its juror, under the own name, while the round is "
            "open by the database clock, without a conflict and within the scale; its "
            "version, moment and completeness are computed by the database."
        ),
        "score_marks": "A complete score marks its assignment as scored.",
        "score_places_differ": (
            "Two entries of one juror's ranking never have the same place."
        ),
        "score_stays": "A score is never changed or deleted.",
        "remark_guard": (
            "A note or feedback is written by its juror, under the own name, while "
            "the round is open by the database clock."
        ),
        "remark_version_next": (
            "A remark follows the last one that its juror has seen."
        ),
        "remark_marks": "A remark is counted at its assignment.",
        "remark_stays": "What a juror wrote is never changed or deleted.",
        "round_texts_can_be_seen": GUARD_OF_TEXTS,
        "criterion_texts_can_be_seen": GUARD_OF_TEXTS,
        "conflict_texts_can_be_seen": GUARD_OF_TEXTS,
        "assignment_texts_can_be_seen": GUARD_OF_TEXTS,
    }
    privileges: ClassVar[dict[str, str]] = {
        "judging_assignment": EVERYTHING,
        "judging_candidate": "DELETE, INSERT, SELECT",
        "judging_conflict": "INSERT, SELECT",
        "judging_criterion": EVERYTHING,
        "judging_juror": EVERYTHING,
        "judging_round": EVERYTHING,
        "judging_remark": "INSERT, SELECT",
        "judging_score": "INSERT, SELECT",
    }
    audited = (
        Audited("round", "judging_round", left_out=("seed",), digested=("rules",)),
        Audited("criterion", "judging_criterion"),
        Audited("juror", "judging_juror", left_out=("tag",)),
        Audited("candidate", "judging_candidate"),
        Audited("conflict", "judging_conflict", left_out=("reason", "kind")),
        Audited("assignment", "judging_assignment", left_out=("reason",)),
    )

    def ready(self) -> None:
        from competitions.models import Competition
        from mycenas.core.approvals.kinds import add_kind
        from mycenas.core.http.errors import explain_constraints
        from mycenas.core.queue.tasks import add_sweeper
        from mycenas.staff import dashboard as staff
        from submissions.judging import dashboard, workflow
        from submissions.judging.constraints import FIELDS, SENTENCES
        from submissions.judging.ending import close_due

        explain_constraints(SENTENCES, FIELDS)
        add_kind(workflow.CLOSE)
        add_kind(workflow.CANCEL)
        add_sweeper("judging.close", close_due)
        staff.add_checks(Competition, dashboard.checks)
        staff.add_panels(Competition, dashboard.panels)
