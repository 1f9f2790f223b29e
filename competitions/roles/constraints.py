"""What PostgreSQL says about roles in competitions, in words for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from mycenas.accounts.constraints import SENTENCES as OF_ALL_SCOPES

SENTENCES = {
    "competition_role_once": _("This person has this role in the competition already."),
    "competition_moved_by_organizer": _(
        "Only an organizer of this competition opens, closes or cancels it, moves its "
        "dates, or announces its winners."
    ),
    "competition_part_by_organizer": _(
        "Only an organizer of this competition changes its prizes and categories."
    ),
    "competitionrole_known_role": OF_ALL_SCOPES["invitation_known_role"],
    "competitioninvitation_known_role": OF_ALL_SCOPES["invitation_known_role"],
    "competitioninvitation_email_canonical": OF_ALL_SCOPES[
        "invitation_email_canonical"
    ],
    "competitioninvitation_ends_once": OF_ALL_SCOPES["invitation_ends_once"],
    "competition_invitation_open_once": OF_ALL_SCOPES["invitation_open_once"],
}

FIELDS = {
    "competition_role_once": "role",
    "competition_invitation_open_once": "email",
}
