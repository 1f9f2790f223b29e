"""What PostgreSQL says about results of jury rounds, in words for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "round_published_with_result": _(
        "The result of this round is not counted yet. That takes a minute after the "
        "close; then publish it."
    ),
    "result_of_closed_round": _("A round has a result once it is closed."),
    "draw_before_scores": _(
        "What decides ties in a round is committed before its first score."
    ),
    "draw_after_close": _("Ties are drawn once the round is closed."),
    "award_ranked": _(
        "The jury rounds of this competition do not rank this entry. Two persons may "
        "give it the prize with a public reason: one proposes it, another one confirms."
    ),
}
