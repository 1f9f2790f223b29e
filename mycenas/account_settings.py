"""People, sign-in and its limits; a part of ``mycenas.settings``."""

from __future__ import annotations

from typing import Any

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["mycenas.accounts.backends.PersonBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_REDIRECT_URL = "submissions:mine"
LOGIN_URL = "account_login"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "signup": "mycenas.accounts.forms.SignupForm",
    "login": "mycenas.accounts.forms.LoginForm",
    "request_login_code": "mycenas.accounts.forms.RequestLoginCodeForm",
    "reset_password": "mycenas.accounts.forms.ResetPasswordForm",
    "change_password": "mycenas.accounts.forms.ChangePasswordForm",
    "set_password": "mycenas.accounts.forms.SetPasswordForm",
    "reset_password_from_key": "mycenas.accounts.forms.ResetPasswordKeyForm",
    "reauthenticate": "mycenas.accounts.forms.ReauthenticateForm",
    "add_email": "mycenas.accounts.forms.AddEmailForm",
    "change_email": "mycenas.accounts.forms.ChangeEmailForm",
}
ACCOUNT_ADAPTER = "mycenas.accounts.adapter.AccountAdapter"
# A change of password, addresses or factors is mailed to its person.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
# No limit goes by the account alone: anybody could use it up for its owner. A "key" is
# an account seen from one address, except in "login_failed_anywhere", which refuses
# nothing: beyond it each address gets "login_failed_siege" instead.
ACCOUNT_RATE_LIMITS: Any = {
    "login_failed": "10/m/ip,5/300s/key",
    "login_failed_anywhere": "50/h/key",
    "login_failed_siege": "1/300s/key",
    "reset_password": "20/m/ip",
    "request_login_code": "20/m/ip",
    "confirm_email": "20/m/ip",
    "mail": "5/m/key",
}
MFA_ADAPTER = "mycenas.accounts.passkeys.FactorAdapter"
MFA_FORMS = {
    "authenticate": "mycenas.accounts.codes.ProveByCodeForm",
    "reauthenticate": "mycenas.accounts.codes.ProveAgainByCodeForm",
    "add_webauthn": "mycenas.accounts.passkeys.AddPasskeyForm",
    "edit_webauthn": "mycenas.accounts.passkeys.RenamePasskeyForm",
    "login_webauthn": "mycenas.accounts.passkeys.SignInWithPasskeyForm",
    "authenticate_webauthn": "mycenas.accounts.passkeys.ProveByPasskeyForm",
    "reauthenticate_webauthn": "mycenas.accounts.passkeys.ProveAgainByPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
# Clocks differ: the codes of the 30 seconds before and after count as well, once each.
MFA_TOTP_TOLERANCE = 1
MFA_PASSKEY_LOGIN_ENABLED = True
