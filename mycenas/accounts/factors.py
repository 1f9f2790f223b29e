"""Second factors that nothing can read, which keep an upgrade from beginning.

Before accounts.0016 PostgreSQL took a factor of any type and form, and a sign-in that
met one that cannot be read ended with an error. The site never removes one by itself:
without it, the password alone would open the account. `migrate` stops, and the operator
decides with `manage.py unreadable_factors`.
"""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.models import F

from mycenas.accounts.models import User
from mycenas.core.audit.actor import because
from mycenas.core.db.upgrades import is_ahead

MIGRATION = ("accounts", "0016_factors_can_be_read")
TABLES = {"accounts_user", "mfa_authenticator"}

# As the constraint `authenticator_can_be_read` has it.
CAN_BE_READ = r"""
CASE type
  WHEN 'totp' THEN jsonb_typeof(data -> 'secret') = 'string'
    AND data ->> 'secret' ~ '^([A-Za-z2-7]{8}){1,16}$'
  WHEN 'recovery_codes' THEN
    CASE WHEN coalesce(jsonb_typeof(data -> 'migrated_codes'), 'null') = 'null'
      THEN jsonb_typeof(data -> 'seed') = 'string'
        AND data ->> 'seed' ~ '^[!-~]{1,200}$'
        AND jsonb_typeof(data -> 'used_mask') = 'number'
        AND data ->> 'used_mask' ~ '^[0-9]{1,9}$'
      ELSE jsonb_typeof(data -> 'migrated_codes') = 'array'
        AND NOT jsonb_path_exists(data,
          'strict $.migrated_codes[*] ? (@.type() != "string")') END
  WHEN 'webauthn' THEN jsonb_typeof(data -> 'name') = 'string'
    AND data #>> '{credential,rawId}' ~ '^[A-Za-z0-9_-]+={0,2}$'
    AND data #>> '{credential,response,clientDataJSON}' ~ '^[A-Za-z0-9_-]+={0,2}$'
    AND data #>> '{credential,response,attestationObject}' ~ '^[A-Za-z0-9_-]+={0,2}$'
    AND coalesce(jsonb_typeof(
      data #> '{credential,clientExtensionResults}'), 'object') = 'object'
    AND coalesce(jsonb_typeof(
      data #> '{credential,clientExtensionResults,credProps}'), 'object') = 'object'
  ELSE false END IS TRUE
"""
QUERY = f"""
SELECT factor.id, user_id, format('account %s, “%s”: factor %s of type “%s”',
  user_id, email, factor.id, type)
FROM mfa_authenticator AS factor JOIN accounts_user AS person ON person.id = user_id
WHERE NOT ({CAN_BE_READ}) ORDER BY user_id, factor.id
"""  # noqa: S608  only what stands above
ADVICE = """\
Ask each person over a way that you trust, and remove what cannot be read:
  python manage.py unreadable_factors --account NUMBER --reason "Asked by telephone."
It ends the sessions of the account. Where no other factor is left, the password alone
opens it from then on, until the person sets up a new one. Then run migrate again."""


def unreadable() -> list[tuple[int, int, str]]:
    """Factor, account and a line about both, for each that cannot be read."""
    with connection.cursor() as cursor:
        cursor.execute(QUERY)
        return list(cursor.fetchall())


def described(found: list[tuple[int, int, str]]) -> str:
    """The factors, one a line, and what to do."""
    return "\n".join([*(f"  {line}" for _factor, _account, line in found), ADVICE])


def stop_migration(plan: list[Any], **more: Any) -> None:
    """End `migrate` before its first change while there are such factors."""
    if is_ahead(plan, MIGRATION, TABLES) and (found := unreadable()):
        raise CommandError(
            f"Nothing was changed: {len(found)} second factors cannot be read.\n"
            + described(found)
        )


def remove(account: int, *, reason: str) -> int:
    """Remove the account's unreadable factors, and end its sessions; how many."""
    with transaction.atomic(), because(reason):
        found = [factor for factor, owner, _line in unreadable() if owner == account]
        if not found:
            raise CommandError(
                f"Account {account} has no factor that cannot be read. Nothing was "
                "changed."
            )
        Authenticator.objects.filter(pk__in=found).delete()
        people = User.objects.filter(pk=account)
        people.update(session_generation=F("session_generation") + 1)
    return len(found)
