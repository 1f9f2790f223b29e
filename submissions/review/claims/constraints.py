"""What PostgreSQL says about claims, in words for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "submission_claimed_by_another": _(
        "Another moderator is deciding on this entry. Nothing was changed. Go on with "
        "the next one; it is free again when their decision is made, or after five "
        "minutes without one."
    ),
    "claim_of_own_entry": _(
        "This is your own entry. Another moderator has to decide on it."
    ),
    "claim_by_moderator": _(
        "Only an organizer or moderator of this competition claims its entries."
    ),
    "claim_for_oneself": _("A moderator claims entries only for themselves."),
}
