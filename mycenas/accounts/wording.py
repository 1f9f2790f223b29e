"""allauth's refusals in the site's words, by allauth's codes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

OF_ACCOUNTS = {
    "account_inactive": _("This account is closed."),
    "cannot_remove_primary_email": _(
        "Mail goes to this address. Make another one the primary address first, then "
        "remove this one."
    ),
    "duplicate_email": _("Your account has this e-mail address already."),
    "email_password_mismatch": _(
        "The e-mail address or the password is wrong. Check both, or choose a new "
        "password."
    ),
    "email_taken": _("An account has this e-mail address already. Sign in with it."),
    "enter_current_password": _("Type your present password."),
    "incorrect_code": _("The code is wrong. Type the one of the newest mail."),
    "incorrect_password": _("The password is wrong."),
    "invalid_or_expired_key": _("This link is not valid any more. Ask for a new one."),
    "invalid_password_reset": _("This link is not valid any more. Ask for a new one."),
    "max_email_addresses": _(
        "An account has at most %d e-mail addresses. Remove one first."
    ),
    # Of any kind: passwords have a sentence of their own.
    "too_many_login_attempts": _(
        "Too many tries for this account. Wait five minutes, then try again; until "
        "then right codes are refused as well."
    ),
    "too_many_passwords": _(
        "Too many wrong passwords from here for this account. Wait some minutes, or "
        "choose a new password."
    ),
    "unknown_email": _("No account has this e-mail address."),
    "unverified_primary_email": _("Confirm the address first; mail can then go to it."),
    "same_as_current": _("This is the present one. Type another."),
    "rate_limited": _("Too many tries from here. Wait a minute, then try again."),
}

OF_FACTORS = {
    "add_email_blocked": _(
        "An account with a second factor takes no further e-mail address. Remove the "
        "factor first."
    ),
    "cannot_generate_recovery_codes": _(
        "Recovery codes need a second factor. Add one first."
    ),
    "incorrect_code": _("The code is wrong. Type the one that is shown now."),
    "unverified_email": _(
        "Confirm your e-mail addresses first; then add a second factor."
    ),
}
