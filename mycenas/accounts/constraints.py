"""What PostgreSQL says about accounts, in words for people."""

from __future__ import annotations

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from mycenas.core.db.bounds import IN_NUMBERS, IN_YEARS, OUT_OF_BOUNDS

_CANONICAL = _(
    "A mail address has one “@” with text on both sides, and is stored in lower case "
    "and ASCII, without spaces and without a dot at its end. Type it like "
    "name@example.org."
)

_NO_ROLE = _("There is no such role.")

# Refusals of all invitations, whatever they are for.
INVITATIONS = {
    "invitation_open_once": _(
        "This address was invited to this role a moment ago. Reload the page to see it."
    ),
    "invitation_ends_once": _(
        "An invitation is either accepted by a person or revoked."
    ),
    "invitation_facts_stay": _(
        "Address and role of an invitation never change; revoke it and invite again."
    ),
    "invitation_used": _(
        "This invitation was accepted already; that is possible once. Ask the person "
        "who invited you for another one."
    ),
    "invitation_revoked": _(
        "This invitation was revoked. Ask the person who invited you what changed."
    ),
    "invitation_expired": _(
        "This invitation was valid for 14 days and has expired. Ask the person who "
        "invited you to send another one."
    ),
    "invitation_without_organizer": _(
        "The person who invited you is not an organizer there any more. Ask another "
        "organizer to invite you."
    ),
    "invitation_by_organizer": _(
        "Only an organizer, with an account that is active, invites people there."
    ),
    "invitation_by_its_person": _(
        "An invitation is sent, and accepted, under the name of the person who does so."
    ),
    "role_stays_with_its_person": _(
        "A role stays with its person, where it was given. Remove it, and give the "
        "other person a new one."
    ),
    "invitation_of_another": _(
        "This invitation is for another mail address. Sign out, and sign in or create "
        "an account with exactly the address it was sent to."
    ),
}

# Columns of libraries, and what they may hold.
_BOUNDS = {
    "emailconfirmation_created_bounds": ("created", IN_YEARS),
    "emailconfirmation_sent_bounds": ("sent", IN_YEARS),
    "session_expire_date_bounds": ("expire_date", IN_YEARS),
    "authenticator_created_at_bounds": ("created_at", IN_YEARS),
    "authenticator_last_used_at_bounds": ("last_used_at", IN_YEARS),
    "logentry_action_time_bounds": ("action_time", IN_YEARS),
    "logentry_action_flag_bounds": (
        "action_flag",
        format_lazy(IN_NUMBERS, low=1, high=3),
    ),
}

SENTENCES = {
    **{
        name: format_lazy(OUT_OF_BOUNDS, name=column, limit=limit)
        for name, (column, limit) in _BOUNDS.items()
    },
    "user_email_canonical": _CANONICAL,
    "emailaddress_canonical": _CANONICAL,
    "accounts_user_email_key": _("Another account has this mail address."),
    "unique_verified_email": _("Another account has proved this mail address."),
    "unique_primary_email": _(
        "This person has another primary mail address. Clear “primary” there first."
    ),
    "account_emailaddress_user_id_email_987c8728_uniq": _(
        "This person has this mail address already; change that one."
    ),
    "organization_slug_once_in_any_case": _(
        "Another organization has this slug, perhaps with letters of another case; "
        "choose another."
    ),
    "membership_once": _(
        "This person has this role in this organization already; change or remove one "
        "of the two."
    ),
    "membership_known_role": _NO_ROLE,
    "invitation_known_role": _NO_ROLE,
    "invitation_email_canonical": _CANONICAL,
    "organization_keeps_an_organizer": _(
        "This is the organization’s last organizer. Invite another organizer first, or "
        "ask an administrator of the site."
    ),
    "admin_log_stays": _(
        "The admin’s log stays as it was written; an entry goes with its person only."
    ),
    "admin_log_by_its_person": _(
        "An entry of the admin’s log names the person who acts. Nothing was changed."
    ),
    "authenticator_can_be_read": _(
        "A second factor has a known type, and what is read of it at sign-in."
    ),
    "user_by_itself": _(
        "A person changes the own account only; a superuser those of all, and who is a "
        "superuser."
    ),
    "authenticator_by_its_person": _(
        "A second factor is set up by its person, and stays with that person."
    ),
    "emailaddress_by_its_person": _(
        "Only the person, or an administrator of the site, changes a mail address."
    ),
    "admin_log_can_be_shown": _(
        "An entry of the admin’s log is text, or a list of what was added, changed or "
        "deleted, of at most 65,536 characters. Nothing was changed."
    ),
    "session_ends_in_time": _("A session lasts for 30 days at most."),
    **INVITATIONS,
}

# Where such a sentence stands in a form.
FIELDS = {
    **{name: column for name, (column, _limit) in _BOUNDS.items()},
    "emailaddress_canonical": "email",
    "unique_verified_email": "email",
    "unique_primary_email": "primary",
    "membership_once": "role",
    "role_stays_with_its_person": "user",
    "invitation_open_once": "email",
}
