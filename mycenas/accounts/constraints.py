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
    "membership_once": _(
        "This person has this role in this organization already; change or remove one "
        "of the two."
    ),
    "membership_known_role": _("There is no such role."),
}

# Where such a sentence stands in a form.
FIELDS = {
    **{name: column for name, (column, _limit) in _BOUNDS.items()},
    "emailaddress_canonical": "email",
    "unique_verified_email": "email",
    "unique_primary_email": "primary",
    "membership_once": "role",
}
