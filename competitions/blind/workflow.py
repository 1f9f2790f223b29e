"""Show the artists of a blind competition to one organizer."""

from __future__ import annotations

from competitions.access import require_organizer
from competitions.blind.models import LONGEST_REASON, Unblinding
from competitions.models import Competition
from mycenas.accounts.models import User
from mycenas.core.audit.actor import because
from mycenas.core.http.errors import require_text


def unblind(competition: Competition, *, reason: str, by: User) -> Unblinding:
    """Show the artists to ``by`` from now on; other organizers read the reason."""
    require_organizer(competition, by)
    text = require_text(reason, "unblinding_has_reason")[:LONGEST_REASON]
    with because(text):
        return Unblinding.objects.create(competition=competition, user=by, reason=text)
