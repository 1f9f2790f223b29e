"""What PostgreSQL says about accounts, in words for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

_CANONICAL = _(
    "A mail address is stored in lower case and ASCII, without spaces and without a "
    "dot at its end. Type it like name@example.org."
)

SENTENCES = {
    "user_email_canonical": _CANONICAL,
    "emailaddress_canonical": _CANONICAL,
    "accounts_user_email_key": _("Another account has this mail address."),
    "unique_verified_email": _("Another account has proved this mail address."),
    "unique_primary_email": _(
        "This person has another primary mail address. Clear “primary” there first."
    ),
    "membership_once": _(
        "This person has this role in this organization already; change or remove one "
        "of the two."
    ),
    "membership_known_role": _("There is no such role."),
}

# Where such a sentence stands in a form.
FIELDS = {
    "emailaddress_canonical": "email",
    "unique_verified_email": "email",
    "unique_primary_email": "primary",
    "membership_once": "role",
}
