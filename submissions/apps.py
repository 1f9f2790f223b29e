from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mycenas.core.audit import Audited
from mycenas.core.db.texts import GUARD as GUARD_OF_TEXTS


class SubmissionsConfig(AppConfig):
    name = "submissions"
    label = "submissions"
    verbose_name = _("entries")
    guards: ClassVar[dict[str, str]] = {
        "submission_arrives": (
            "A reservation is stamped by the database clock and taken only by an "
            "open competition, between its dates and within the person's limit. With a "
            "permit a changed version of an entry in review is taken after the "
            "deadline as well, and takes that entry's place."
        ),
        "submission_facts_stay": (
            "Identity and arrival never change; words, file and what the receipt "
            "names never change once received."
        ),
        "submission_replaces_stays": "Which entry another one replaces never changes.",
        "submission_refusal_stays": (
            "Why a file was refused, and that one was entered again on purpose, never "
            "changes once received."
        ),
        "submission_category_of_competition": (
            "An entry's category is one of its competition's."
        ),
        "submission_processing_stays": (
            "What processing found of a file, and how it went, changes only until the "
            "entry is reviewed."
        ),
        "rendition_in_running_competition": (
            "Pictures are added only while the competition is not final."
        ),
        "rendition_made_while_checked": (
            "A picture is added only while its entry is checked, under a name of this "
            "entry and attempt, with its SHA-256."
        ),
        "rendition_stays": (
            "A picture is never changed; only a digest that is missing is noted once."
        ),
        "rendition_is_not_deleted": "A picture's row is never deleted.",
        "file_metadata_read_while_checked": (
            "What a file says of itself is noted once, while its entry is checked or "
            "afterwards: an object of bounded size."
        ),
        "file_metadata_stays": ("What was read of a file is never changed or deleted."),
        "submission_upload_in_time": (
            "The file follows within the reservation's upload window, while its "
            "participant is active. The database clock stamps it, and the "
            "competition's slug and title are kept for its receipt. A person enters "
            "the same bytes to one competition again only knowingly."
        ),
        "submission_expires_late": (
            "A reservation expires when its upload window is over, or as its file is "
            "refused."
        ),
        "submission_tried_again_soon": (
            "An entry in work is held by a worker, and put off, for a day at most."
        ),
        "upload_declared_once": (
            "The length and the SHA-256 that are declared for an upload are never "
            "replaced by others, and stay once its file was received."
        ),
        "upload_stays_with_its_entry": (
            "An upload keeps its primary key and its entry."
        ),
        "upload_keeps_its_part": (
            "The address of an upload and the place of its bytes change only "
            "together, before its file is received."
        ),
        "submission_named_by_its_person": (
            "A person who decides on an entry is the one who acts: nothing is decided "
            "in the name of another person, or without an actor."
        ),
        "award_named_by_its_person": ("So is the person who gives a prize."),
        "mail_has_known_template": (
            "A mail without words names a template that the site has, and its entry."
        ),
        "approval_has_known_kind": "The site proposes only acts that it knows.",
        "mail_to_its_artist": (
            "A mail about an entry goes to an address of its artist, and one that "
            "reports an arrival, the announcement or the cancellation follows it."
        ),
        "mail_still_to_its_artist": "The same, when a mail gets another template.",
        "upload_begins_empty": "An upload begins without bytes.",
        "upload_stays": "The row of an upload is never deleted.",
        "submission_arrives_by_its_artist": (
            "A person reserves an entry under the own name only."
        ),
        "submission_ends_by_its_artist": (
            "A reservation receives its file, expires early and is withdrawn, and any "
            "entry is withdrawn, under its artist's name or by the site itself."
        ),
        "submission_tries_are_counted": (
            "A check begins with one more attempt; it ends with one more strike or "
            "lost lease, or none; a moderator who has a file checked again resets "
            "both. Nothing else changes them."
        ),
        "submission_reviewed_with_pictures": (
            "An entry comes to review with the pictures that this attempt has made."
        ),
        "submission_begins_with_arrival": (
            "A new entry has neither a decision nor anything that a check would find."
        ),
        "submission_refusal_stamped": (
            "The database clock stamps when a file is refused."
        ),
        "submission_settled": (
            "Decided entries stay when the winners are announced; closed "
            "competitions reopen no review; an entry that holds a prize stays "
            "accepted."
        ),
        "submission_decided_by_another": (
            "A person decides on no entry of the own: neither accepts, rejects, "
            "disqualifies, reopens nor checks it again."
        ),
        "submission_decided_by_role": (
            "A person who decides on an entry, reopens it or has it checked again, is "
            "organizer or moderator there then."
        ),
        "disqualification_proposed_by_role": (
            "A person who proposes to disqualify an entry may decide on it then."
        ),
        "disqualification_decided_by_role": "So may the person who decides on that.",
        "award_made_by_organizer": (
            "A person who gives, changes or takes back a prize organizes the "
            "competition then."
        ),
        "submission_two_disqualify": (
            "An accepted entry is disqualified only as another person than the "
            "proposer confirmed it, for the proposed reason."
        ),
        "award_is_given_by_another": (
            "A person gives the own entry no prize, and changes or takes back none; a "
            "prize is given under the name of the person who acts."
        ),
        "submission_stamped_on_arrival": (
            "The database clock stamps when the rules were accepted."
        ),
        "submission_stamped_when_moved": (
            "The database clock stamps checks, decisions and withdrawals."
        ),
        "submission_decision_stays": (
            "A decision, its author, reason and moment change only with a move."
        ),
        "submission_with_its_decider": (
            "A decision is stored with its moment and under the name of the person "
            "who acts; an entry in review has neither."
        ),
        "submission_undo_stamped": (
            "A decision can be undone for ten seconds by the database clock."
        ),
        "submission_undone_in_time": (
            "A decided entry goes back to review without a reason only within those "
            "ten seconds, by the person who decided, and when its mail is deleted."
        ),
        "submission_decided_in_time": (
            "The entries of a cancelled competition are neither accepted, rejected, "
            "disqualified nor reopened."
        ),
        "submission_stays": "Entries are never deleted.",
        "award_guard": (
            "A prize goes to an accepted entry of the same closed competition; "
            "it can be taken back once and is never deleted."
        ),
        "award_stamped_when_given": "The database clock stamps when a prize is given.",
        "award_stamped_when_taken_back": (
            "The database clock stamps when a prize is taken back."
        ),
        "award_giving_stays": "Who gave a prize, and when, never changes.",
        "canary_stamped_when_new": "The database clock stamps a new canary.",
        "canary_stamped_when_moved": (
            "The database clock stamps when a canary begins and gets through."
        ),
        "receipt_is_true": (
            "A signed receipt says what its entry's row says, with a key that signs "
            "now; the database clock stamps it."
        ),
        "receipt_stays": "A signed receipt is stored once, never changed or deleted.",
        "submission_texts_can_be_seen": GUARD_OF_TEXTS,
    }
    privileges: ClassVar[dict[str, str]] = {
        "submissions_award": "INSERT, SELECT, UPDATE",
        "submissions_canary": "INSERT, SELECT, UPDATE",
        "submissions_filemetadata": "INSERT, SELECT",
        "submissions_receipt": "INSERT, SELECT",
        "submissions_rendition": "INSERT, SELECT, UPDATE (sha256)",
        "submissions_submission": "INSERT, SELECT, UPDATE",
        "submissions_upload": "INSERT, SELECT, UPDATE",
    }
    audited = (
        Audited(
            "submission",
            "submissions_submission",
            left_out=("token", "idempotency_key", "next_attempt_at"),
            digested=("description",),
        ),
        Audited("award", "submissions_award"),
        Audited("rendition", "submissions_rendition"),
    )

    def ready(self) -> None:
        from competitions.models import Competition
        from mycenas.core import health
        from mycenas.core.http.errors import explain_constraints
        from mycenas.core.queue.tasks import add_sweeper, add_task
        from mycenas.staff import dashboard as staff
        from submissions import (
            charts,
            dashboard,
            mails,  # noqa: F401  says how they are worded
        )
        from submissions.intake import file_checks
        from submissions.intake import workflow as intake
        from submissions.inventory import workflow as inventory
        from submissions.processing import canary, describing
        from submissions.processing import workflow as processing
        from submissions.states import FIELDS, SENTENCES

        self._add_approvals()
        self._add_exports()
        self._explain()
        explain_constraints(SENTENCES, FIELDS)
        staff.work.append(dashboard.cards)
        staff.add_checks(Competition, dashboard.checks)
        staff.add_panels(Competition, charts.panels)
        health.capacity.append(file_checks.room_problems)
        health.backlogs.append(processing.oldest_unfinished_seconds)
        health.canaries.append(canary.seconds_since_last)
        add_sweeper("submissions.expire", intake.sweep)
        add_sweeper(
            "submissions.sweep",
            processing.sweep_here,
            slow=True,
            task=processing.sweep,
        )
        add_task("submissions.process", processing.process)
        add_task("submissions.begin_canary", canary.begin)
        add_task("submissions.process_canary", canary.process)
        add_task("submissions.audit_storage", inventory.audit_slice)
        add_task("submissions.find_orphans", inventory.tell_orphans)
        add_task(describing.TASK, describing.describe_slice)

    def _add_approvals(self) -> None:
        from mycenas.core.approvals.kinds import add_kind
        from submissions.review.disqualification.dashboard import PROPOSALS
        from submissions.review.disqualification.workflow import KIND

        add_kind(KIND)
        PROPOSALS.register()

    def _explain(self) -> None:
        from competitions.models import Competition
        from mycenas.staff.effects import add_effects
        from mycenas.staff.explain_public import add_public_pages
        from submissions.effects import EFFECTS
        from submissions.gallery.public import PAGES

        add_effects(Competition, EFFECTS)
        add_public_pages(PAGES)

    def _add_exports(self) -> None:
        from mycenas.staff.exports.journal import add_journal, add_mails
        from mycenas.staff.exports.kinds import add_kind
        from submissions import exports
        from submissions.models import Award
        from submissions.packs.kinds import JURY_PACK
        from submissions.review import exported_decisions as decisions

        self._hide_artists()
        add_mails(exports.mails_of_entries)
        add_kind(
            exports.ENTRIES,
            exports.PEOPLE,
            decisions.DECISIONS,
            exports.ORIGINALS,
            JURY_PACK,
        )
        add_journal(
            exports.journal_of_entries,
            exports.journal_of_parts(Award),
            decisions.journal_of_proposals,
        )

    def _hide_artists(self) -> None:
        from mycenas.staff.exports.journal import add_veiled
        from mycenas.staff.outbox import hide_recipients
        from submissions.artists import hidden_recipients
        from submissions.exports import veil_of_entries

        add_veiled(veil_of_entries())
        hide_recipients(hidden_recipients)
