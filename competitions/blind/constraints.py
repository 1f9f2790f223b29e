"""What PostgreSQL says about blind competitions, in words for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "unblinding_has_reason": _("Say why you have to see the artists."),
    "unblinding_once": _("You see the artists of this competition already."),
    "unblinding_for_oneself": _("People show the artists only to themselves."),
    "unblinding_by_organizer": _("Only an organizer may see the artists."),
    "unblinding_while_blind": _(
        "The artists of this competition are not hidden now; everybody sees them once "
        "the winners are announced."
    ),
    "unblinding_stays": _("To whom artists were shown stays on record."),
}
