"""What PostgreSQL says about holds, in words for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "competition_hold": _(
        "A jury round of this competition is neither published nor cancelled. Publish "
        "or cancel it, then announce the winners."
    ),
    "hold_named": _("A hold names what holds the competition back."),
}
