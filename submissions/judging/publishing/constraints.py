"""What PostgreSQL says about results of jury rounds, in words for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from mycenas.core.approvals.workflow import NO_PROPOSER

SENTENCES = {
    "judging_approval_by_organizer": _(
        "Organizers of the competition propose this, and confirm or decline it."
    ),
    "judging_approval_without_proposer": NO_PROPOSER,
    "result_of_its_entries": _(
        "A result names its round's entries that are in the competition, each once, "
        "and the method of the round."
    ),
    "draw_of_opening": _(
        "The draws of a round are those of its opening, for ties and for the order of "
        "the entries."
    ),
    "round_published_with_result": _(
        "The result of this round is not counted yet. That takes a minute after the "
        "close; then publish it."
    ),
    "result_of_closed_round": _("A round has a result once it is closed."),
    "draw_before_scores": _(
        "The draws of a round are committed before its first score."
    ),
    "draw_once_per_opening": _(
        "As the round was opened, its draws were committed; there are no others."
    ),
    "draw_after_close": _("The draws of a round are drawn once it is closed."),
    "round_opens_unassigned": _(
        "Entries are assigned to jurors after the round is opened."
    ),
    "assignment_in_order": _(
        "Each juror gets the entries in the order that was drawn for the round."
    ),
    "award_ranked": _(
        "The jury rounds of this competition do not rank this entry. Two persons may "
        "give it the prize with a public reason: one proposes it, another one confirms."
    ),
}
