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
    "membership_once": "role",
}
