"""What PostgreSQL says about jury rounds, in words for people."""

from __future__ import annotations

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from submissions.judging.models.assignment import LONGEST_REMARK
from submissions.judging.models.round import LONGEST_REASON

FITS = _("At most {most} characters fit here. Shorten the text.")
TIED = _(
    "The state of a round and the times of its steps go together; nothing changed."
)
FIXED = _(
    "The settings, criteria and entries of a round are fixed once it is open. While "
    "nothing is scored it can go back to draft."
)
BY_JUROR = _("A score is given by its juror alone, under the own name.")

SENTENCES = {
    "round_moves": _("This round cannot make that step from where it is now."),
    "round_starts": _("A new round starts as a draft."),
    "round_known_state": _("A round has no such state."),
    "round_known_method": _("Choose one of the methods."),
    "round_known_aggregate": _("Choose how points become one number."),
    "round_knows_ties": _(
        "The tie-break has a rule that the method does not know, or one rule twice."
    ),
    "round_known_advance": _("Choose who advances."),
    "round_named": _("Give the round a name that can be seen."),
    "round_quorum_within_readings": _(
        "An entry cannot have more scores than readings: lower the quorum, or give "
        "each entry more readings."
    ),
    "round_advances_so_many": _(
        "Say how many entries advance, or with how many points; leave it empty if all "
        "advance."
    ),
    "round_elects_so_many": _(
        "Single transferable vote elects a number of entries: say how many."
    ),
    "round_opened_tied": TIED,
    "round_closed_tied": TIED,
    "round_published_tied": TIED,
    "round_cancelled_tied": TIED,
    "round_position_once": _(
        "Another round of this competition and category has this position."
    ),
    "round_category_of_competition": _("Choose one of this competition's categories."),
    "round_settings_fixed": FIXED,
    "round_after_deadline": _(
        "A round opens while the competition is in moderation or closed: after its "
        "deadline, and before the winners are announced."
    ),
    "round_closes_later": _("The end of the round has passed; set one in the future."),
    "round_has_entries": _("The round has no entries yet. Take accepted entries in."),
    "round_has_jurors": _("The round has no jurors yet."),
    "round_has_criteria": _("The round has no criteria yet. Add at least one."),
    "round_seed_committed": _("The seed of the round does not fit its commitment."),
    "round_is_scored": _(
        "Jurors have begun to score, so the round does not go back to draft. Two "
        "persons may cancel it."
    ),
    "round_quorum_met": _(
        "Some entries have fewer scores than the quorum. One person proposes to close "
        "the round nevertheless, with a reason, and another one confirms exactly that."
    ),
    "round_two_cancel": _(
        "Two persons cancel a round: one proposes it with a reason, another one "
        "confirms exactly that."
    ),
    "round_stays": _("Only a draft of a round can be deleted."),
    "judging_run_by_organizer": _(
        "Organizers of the competition run its jury rounds: settings, entries, jurors "
        "and steps."
    ),
    "criterion_named": _("Give the criterion a name that can be seen."),
    "criterion_name_once": _("Another criterion of this round has this name."),
    "criterion_weighs": _("A weight is more than 0."),
    "criterion_scale": _(
        "A scale goes from fewer to more points, in steps that are not larger than it."
    ),
    "juror_once": _("This person is on the jury of the round already."),
    "juror_tag_once": _("Another juror has this tag."),
    "juror_has_role": _(
        "This person is no juror of the competition. Invite the person to the role "
        "first."
    ),
    "juror_accepts_alone": _("Jurors accept the rules themselves."),
    "juror_stays": _(
        "The jury of a round stays once the round is open. Mark a juror as absent."
    ),
    "juror_facts_stay": _("Who is on the jury, and since when, stays as it was."),
    "candidate_once": _("This entry is in the round already."),
    "candidate_of_round": _(
        "A round judges accepted entries of its competition and category."
    ),
    "conflict_once": _("A conflict with this entry is declared already."),
    "conflict_known_kind": _("Choose the kind of conflict."),
    "conflict_by_its_person": _(
        "A conflict is stored under the name of the person who declares it."
    ),
    "conflict_by_juror_or_organizer": _(
        "The juror, or an organizer of the competition, declares a conflict."
    ),
    "conflict_own_work": _("This is the work of another person. Choose another kind."),
    "conflict_of_juror": _(
        "Conflicts of interest are those of jurors of the competition."
    ),
    "conflict_stays": _("A declared conflict stays on record."),
    "assignment_moves": _("This assignment cannot make that step."),
    "assignment_starts": _("An assignment starts without a score."),
    "assignment_known_state": _("An assignment has no such state."),
    "assignment_once": _("This entry is assigned to this juror already."),
    "assignment_position_once": _("The juror has another entry at this position."),
    "assignment_abstained_with_reason": _("Say why you abstain."),
    "assignment_stays": _(
        "Assignments stay once they are scored, or when the round is closed."
    ),
    "assignment_by_its_juror": BY_JUROR,
    "assignment_scored_by_score": _("An assignment is scored by a score alone."),
    "assignment_void_by_conflict": _(
        "An assignment becomes void by a conflict of interest, or if it is not scored "
        "and its juror is absent."
    ),
    "assignment_within_round": _(
        "An entry of the round is assigned to a juror of the same round."
    ),
    "assignment_of_own_work": _("A juror does not judge own work."),
    "assignment_without_conflict": _(
        "This juror has a conflict of interest with this entry."
    ),
    "assignment_remarked_by_remark": _("Remarks are counted by the database."),
    "assignment_reason_fits": format_lazy(FITS, most=LONGEST_REASON),
    "conflict_reason_fits": format_lazy(FITS, most=LONGEST_REASON),
    "score_by_its_juror": BY_JUROR,
    "score_while_open": _(
        "The round is closed; no score is taken any more. What you saved before counts."
    ),
    "score_by_present_juror": _(
        "Accept the rules of the round first; jurors who are absent give no scores."
    ),
    "score_by_role": _(
        "You have no role of juror in this competition any more, so nothing is taken "
        "of you. What you saved before counts."
    ),
    "score_without_conflict": _(
        "You have a conflict of interest with this entry, so it takes no score of you."
    ),
    "score_version_next": _(
        "This entry was scored in another window meanwhile. Reload the page to see "
        "what is saved."
    ),
    "score_version_once": _("This version of the score is saved already."),
    "score_on_scale": _("The points are not on the scale of the criterion."),
    "score_places_differ": _(
        "Two entries of one ranking cannot have the same place. Give each another one."
    ),
    "score_stays_complete": _(
        "This entry has a complete score. Change its points, but leave none out; to "
        "take the score back, abstain with a reason."
    ),
    "remark_fits": format_lazy(FITS, most=LONGEST_REMARK),
    "remark_version_next": _(
        "You wrote about this entry in another window meanwhile. Reload the page to "
        "see what is saved."
    ),
    "remark_version_once": _("This remark is saved already."),
    "remark_known_kind": _("Choose whether it is a note or feedback."),
    "remark_stays": _("What a juror wrote is never changed or deleted."),
    "score_stays": _("A saved score is never changed or deleted."),
}

FIELDS = {
    "round_named": "name",
    "round_quorum_within_readings": "quorum",
    "round_advances_so_many": "advance_value",
    "round_position_once": "position",
    "round_category_of_competition": "category",
    "round_closes_later": "closes_at",
    "criterion_weighs": "weight",
    "criterion_scale": "high",
    "assignment_abstained_with_reason": "reason",
    "conflict_known_kind": "kind",
}
