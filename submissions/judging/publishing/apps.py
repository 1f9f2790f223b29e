from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PublishingConfig(AppConfig):
    name = "submissions.judging.publishing"
    label = "publishing"
    verbose_name = _("results of jury rounds")
    guards: ClassVar[dict[str, str]] = {
        "round_commits_draws": (
            "As a round is opened, the list of its entries is committed for two draws "
            "with seeds that no process knows: one decides ties, the other the order "
            "in which each juror gets the entries."
        ),
        "round_opens_unassigned": (
            "Entries are assigned to jurors after the round is opened, in the order of "
            "its draw."
        ),
        "assignment_in_order": (
            "Each juror gets the entries in the order of the draw of the round."
        ),
        "round_published_with_result": (
            "A round is published with a sealed result only."
        ),
        "judging_proposed_by_organizer": (
            "An organizer of the competition proposes what two persons decide about a "
            "round, its result or a prize for an unranked entry."
        ),
        "judging_decided_by_organizer": (
            "An organizer of the competition confirms or declines it, and confirms "
            "only while the person who proposed it is an organizer as well."
        ),
        "result_of_closed_round": (
            "A result of a round is sealed once the round is closed, by its method and "
            "with its entries that are in the competition; another one takes its place "
            "before the winners are announced."
        ),
        "draw_before_scores": (
            "A draw of a round is committed as the round is opened, before its first "
            "score, one of each known kind for each opening."
        ),
        "draw_after_close": "The draw of a round is drawn once the round is closed.",
        "award_ranked": (
            "Where a competition has jury rounds, a prize goes to an entry that a "
            "result ranks, or that two persons approved with a public reason."
        ),
    }

    def ready(self) -> None:
        from mycenas.core.approvals.kinds import add_kind
        from mycenas.core.http.errors import explain_constraints
        from mycenas.core.queue.tasks import add_sweeper
        from mycenas.core.results.workflow import add_kind as add_result_kind
        from submissions.judging.publishing import awards
        from submissions.judging.publishing.constraints import SENTENCES
        from submissions.judging.publishing.workflow import KIND, seal_due

        explain_constraints(SENTENCES)
        add_result_kind(KIND)
        add_kind(awards.KIND)
        add_sweeper("judging.seal", seal_due)
