"""The life of an entry: the row is the reservation, the queue entry and the ledger."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mycenas.core.states.machine import StateMachine


class SubmissionState(models.TextChoices):
    RESERVED = "reserved", _("waiting for its file")
    RECEIVED = "received", _("received")
    PROCESSING = "processing", _("being checked")
    QUARANTINED = "quarantined", _("held: the file has a problem")
    PENDING = "pending", _("in review")
    APPROVED = "approved", _("accepted")
    REJECTED = "rejected", _("not accepted")
    DISQUALIFIED = "disqualified", _("disqualified")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("expired")


S = SubmissionState

SUBMISSION = StateMachine(
    name="submission",
    table="submissions_submission",
    states=SubmissionState,
    initial=S.RESERVED,
    moves={
        S.RESERVED: frozenset({S.RECEIVED, S.EXPIRED, S.WITHDRAWN}),
        S.RECEIVED: frozenset({S.PROCESSING, S.WITHDRAWN}),
        S.PROCESSING: frozenset({S.RECEIVED, S.PENDING, S.QUARANTINED}),
        S.QUARANTINED: frozenset({S.RECEIVED, S.REJECTED, S.WITHDRAWN}),
        S.PENDING: frozenset({S.APPROVED, S.REJECTED, S.WITHDRAWN}),
        S.APPROVED: frozenset({S.PENDING, S.DISQUALIFIED, S.WITHDRAWN}),
        S.REJECTED: frozenset({S.PENDING}),
        S.DISQUALIFIED: frozenset(),
        S.WITHDRAWN: frozenset(),
        S.EXPIRED: frozenset(),
    },
)

WITHOUT_FILE = (S.RESERVED, S.EXPIRED)
IN_WORK = (S.RECEIVED, S.PROCESSING, S.QUARANTINED, S.PENDING)
NOT_COUNTED = (S.WITHDRAWN, S.EXPIRED)
PROCESSED = (S.PENDING, S.APPROVED, S.REJECTED, S.DISQUALIFIED)
WITHDRAWABLE = tuple(
    old for old, after in SUBMISSION.moves.items() if S.WITHDRAWN in after
)

TIED = _(
    "The state of an entry and the times of its steps go together; nothing was changed."
)

SENTENCES = {
    "submission_moves": _("This entry cannot make that step from where it is now."),
    "submission_starts": _("An entry starts with its arrival."),
    "submission_competition_takes_entries": _(
        "This competition does not take entries now. Its page says when it opens and "
        "when it closes."
    ),
    "submission_within_limit": _(
        "You have made as many entries here as one person may. Withdraw one to enter "
        "another."
    ),
    "submission_replaces_by_permit": _(
        "No changed version of this entry can be sent now: the time for it is over, "
        "the request for changes was withdrawn or used, or the entry is not in review."
    ),
    "submission_replaced_once": _(
        "A changed version of this entry is on its way already. Go on with that one, "
        "or take it back."
    ),
    "submission_facts_stay": _(
        "What was acknowledged stays: arrival, file, size, SHA-256, title and texts of "
        "an entry never change."
    ),
    "submission_processing_stays": _(
        "What was found when the file was checked stays: kind, size of the picture, "
        "attempts and faults."
    ),
    "submission_refusal_tied": _("A file is refused with a reason, which is kept."),
    "submission_decision_has_reason": _("Say why; the artist will read it."),
    "submission_reason_can_be_seen": _(
        "The reason has no character that can be seen; the artist will read it."
    ),
    "submission_code_of_rejection": _("Only a rejection has a reason code."),
    "submission_decided_by_another": _(
        "This is your own entry. Another moderator has to decide on it."
    ),
    "award_given_by_another": _(
        "This is your own entry. Another organizer has to decide on its prizes."
    ),
    "submission_decided_by_role": _(
        "Only an organizer or moderator of this competition may decide on it."
    ),
    "award_by_organizer": _(
        "Only an organizer of this competition gives its prizes and takes them back."
    ),
    "award_by_its_person": _(
        "A prize is given under the name of the person who gives it."
    ),
    "submission_two_disqualify": _(
        "Two persons disqualify an accepted entry: one proposes it, another one "
        "confirms exactly that."
    ),
    "submission_competition_cancelled": _(
        "This competition is cancelled; its entries are not decided any more."
    ),
    "submission_decision_stays": _(
        "A decision, its reason and its moment change only with another decision."
    ),
    "submission_decided_tied": _(
        "A decision goes together with the person who made it and its moment; nothing "
        "was changed."
    ),
    "submission_decided_by_its_person": _(
        "A decision is stored under the name of the person who makes it."
    ),
    "submission_undone_in_time": _(
        "A decision can be undone within ten seconds, which are over. Reopen the entry "
        "with a reason, or disqualify it."
    ),
    "submission_undone_by_decider": _(
        "Only the person who decided can undo the decision, within ten seconds. Reopen "
        "the entry with a reason instead."
    ),
    "submission_undone_without_mail": _(
        "The mail about this decision is being sent already, so it was not undone. "
        "Reopen the entry with a reason instead."
    ),
    "submission_undo_tied": _("Only a decision can be undone."),
    "submission_award_stays": _(
        "This entry holds a prize. Take the prize back before changing the decision."
    ),
    "submission_once_per_file": _(
        "You have entered this file here already. Nothing was entered twice."
    ),
    "submission_by_active_participant": _(
        "This account is not active, so no file is received for it."
    ),
    "upload_declared_once": _(
        "The file was received while its length or SHA-256 was declared, or another "
        "one was declared before. Nothing was changed. Send the same request again: "
        "the answer says what was received."
    ),
    "upload_stays_with_its_entry": _("An upload belongs to one entry for good."),
    "upload_keeps_its_part": _(
        "The place of an upload's bytes changes only with its address, before the file "
        "is received. Nothing was changed."
    ),
    "upload_stays": _("The record of an upload is never deleted."),
    "submission_by_its_artist": _(
        "An entry is made, and taken back, by its artist only. Nothing was changed."
    ),
    "submission_tries_are_counted": _(
        "The attempts, strikes and lost leases of a check are counted one by one."
    ),
    "submission_reviewed_with_pictures": _(
        "An entry is reviewed once its pictures are made. Have its file checked again."
    ),
    "submission_begins_with_arrival": _(
        "An entry begins with its arrival: without a decision, and without anything "
        "that the check of its file finds."
    ),
    "submission_expires_late": _(
        "The time for uploading this entry's file is not over yet."
    ),
    "submission_tried_again_soon": _(
        "An entry in work is held by a worker, and put off, for a day at most."
    ),
    "submission_upload_in_time": _("The time for uploading this entry's file is over."),
    "award_to_approved_entry": _(
        "A prize goes to an accepted entry of the same competition, while it is closed "
        "and before the winners are announced."
    ),
    "award_stays": _(
        "An award stays on record: it can be taken back once, never changed or deleted."
    ),
    "award_once_per_prize": _("This prize is given already; take it back first."),
    "submission_review_is_over": _(
        "This competition is closed; decided entries can no longer be reopened."
    ),
    "submission_category_of_competition": _(
        "Choose one of this competition's categories."
    ),
    "rendition_made_while_checked": _(
        "The pictures of an entry are made while its file is checked, at no other time."
    ),
    "rendition_stays": _("A public picture is never changed once it is made."),
    "rendition_is_not_deleted": _("A public picture is never deleted."),
    "file_metadata_read_while_checked": _(
        "What a file says of itself is noted once, when it is checked or afterwards."
    ),
    "file_metadata_stays": _("What was read of a file is never changed or deleted."),
    "submission_receipt_frozen": _(
        "The site's address and the competition's slug and title are kept with the "
        "file, for the receipt."
    ),
    "receipt_is_true": _(
        "A signed receipt says what was acknowledged; this one says something else."
    ),
    "receipt_signed_by_present_key": _(
        "This key does not sign any more. Sign with the present one."
    ),
    "receipt_stays": _("A signed receipt is stored once, never changed or deleted."),
    "submission_stays": _("Entries are never deleted; withdraw or reject them."),
    "submission_once_per_key": _(
        "This form has made an entry already. Open a new form to make another."
    ),
    "submission_known_state": _("An entry has no such state."),
    "submission_received_whole": _(
        "An entry is received with its file, its size and its SHA-256, or not at all."
    ),
    "submission_received_at_tied": TIED,
    "submission_lease_tied": TIED,
    "submission_withdrawn_at_tied": TIED,
    "submission_size_as_declared": _(
        "The file does not have the size that was declared. Send the declared file."
    ),
    "submission_sha256_as_declared": _(
        "The file does not have the SHA-256 that was declared. Send the declared file."
    ),
    "submission_processed_whole": _(
        "An entry is reviewed once its picture is checked: with its type and measures."
    ),
    "submission_quarantine_has_fault": _(
        "An entry is held with the problem that its file has."
    ),
    "rendition_once_per_width": _("This entry has a picture of this width already."),
    "rendition_sha256_is_hex": _("A SHA-256 is 64 hexadecimal digits."),
    "canary_is_alone": _("There is one canary, with the number 1."),
    "canary_has_a_file_of_its_own": _(
        "The file of a canary has a name of its own; a file of an entry is never one."
    ),
    "submission_file_is_no_canarys": _("An entry has no file of a canary."),
    "canary_finishes_what_began": _("A canary that did not begin cannot get through."),
    "upload_part_names_a_file": _(
        "The place of an upload's bytes has a name of letters, digits, - and _."
    ),
    "approval_has_known_kind": _("This site knows no such act. Nothing was proposed."),
    "mail_to_its_artist": _(
        "A mail about an entry goes to an address of its artist. Reload the page and "
        "try again; nothing was changed."
    ),
    "mail_of_what_happened": _(
        "A mail reports what has happened: nothing arrived, or was announced or "
        "cancelled, yet."
    ),
    "mail_has_known_template": _(
        "A mail without words names a template that the site has, and what it is about."
    ),
    "upload_begins_empty": _("An upload begins without bytes."),
    "upload_offset_within_length": _(
        "More bytes came than the declared length of the upload."
    ),
}

# Where such a sentence stands in a form.
FIELDS = {
    "submission_once_per_key": "idempotency_key",
    "submission_size_as_declared": "size",
    "submission_sha256_as_declared": "sha256",
    "submission_decision_has_reason": "reason",
    "submission_reason_can_be_seen": "reason",
    "submission_quarantine_has_fault": "fault",
    "submission_category_of_competition": "category",
    "award_once_per_prize": "prize",
    "rendition_once_per_width": "width_class",
}
