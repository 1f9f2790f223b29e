"""Accounts whose mail addresses keep the upgrade from writing each in one way.

Before accounts.0004 two accounts could differ only in the case of their address. The
site never decides whose it is: `migrate` stops, and the operator decides with
`manage.py clashing_accounts`. Everything here works with the tables of before.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import connection

from mycenas.accounts.models import User
from mycenas.core.addresses import LONGEST_MAIL, canonical
from mycenas.core.audit.actor import because
from mycenas.core.db.upgrades import is_ahead

MIGRATION = ("accounts", "0004_canonical_mail")
TABLES = {"accounts_user", "account_emailaddress"}
STORABLE = re.compile(r"[!-~]*(?<!\.)")
REASON = "Two accounts had one mail address, or an address that no mail reaches."

# Only an address that was proved, or by which the account is known, is its own.
QUERY = """
SELECT id, email, true FROM accounts_user
UNION SELECT user_id, email, verified FROM account_emailaddress
ORDER BY 1, 2
"""
PEOPLE = """
SELECT id, format('account %%s, “%%s”, %%s, %%s, joined %%s', id, email,
  coalesce(nullif(name, ''), 'without a name'),
  CASE WHEN is_active THEN 'active' ELSE 'inactive' END, date_joined::date)
FROM accounts_user WHERE id = ANY (%s)
"""
ADVICE = """\
Give all accounts but one of each group another address, or set them inactive:
  python manage.py clashing_accounts --account NUMBER --address name@example.org
  python manage.py clashing_accounts --account NUMBER --inactive
Each account keeps its entries. Then run migrate again."""


class Group(NamedTuple):
    """Accounts that cannot all keep their addresses, and why."""

    why: str
    texts: frozenset[str]
    accounts: frozenset[int]


def groups() -> list[Group]:
    """What the upgrade cannot write in one way by itself."""
    return _grouped(_rows(QUERY))


def _rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _grouped(rows: Iterable[tuple[int, str, bool]]) -> list[Group]:
    claims: dict[str, list[tuple[int, str]]] = defaultdict(list)
    found = []
    for account, text, is_own in rows:
        address = stored(text)
        if address is None:
            why = f"“{text}” cannot be written in ASCII:"
            found.append(Group(why, frozenset({text}), frozenset({account})))
        elif is_own:
            claims[address].append((account, text))
    for address, pairs in claims.items():
        accounts = frozenset(account for account, _ in pairs)
        texts = frozenset(text for _, text in pairs)
        if len(accounts) > 1 and len(texts) > 1:
            found.append(Group(f"all have the address {address}:", texts, accounts))
    return found


def stored(text: str) -> str | None:
    """The canonical form, if PostgreSQL will take it."""
    try:
        address = canonical(text)
    except ValidationError:
        return None
    fits = len(address) <= LONGEST_MAIL and STORABLE.fullmatch(address)
    return address if fits else None


def described(found: list[Group]) -> str:
    """The groups with their accounts, and what to do."""
    lines = []
    for group in found:
        people = sorted(_rows(PEOPLE, sorted(group.accounts)))
        lines += [group.why, *(f"  {person}" for _account, person in people)]
    return "\n".join([*lines, ADVICE])


def stop_migration(plan: list[Any], **more: Any) -> None:
    """End `migrate` before its first change while there are such accounts."""
    if is_ahead(plan, MIGRATION, TABLES) and (found := groups()):
        count = len(found)
        raise CommandError(
            f"Nothing was changed: {count} mail addresses need your decision.\n"
            + described(found)
        )


def give_address(account: int, address: str, *, is_active: bool = True) -> None:
    """Let the account go by another address; ``CommandError`` if it may not."""
    found = groups()
    texts = {
        text for group in found if account in group.accounts for text in group.texts
    }
    if not texts:
        raise CommandError(f"Account {account} is in no group. Nothing was changed.")
    fresh = _free(address, account)
    with because(REASON):
        EmailAddress.objects.filter(user_id=account, email__in=texts).delete()
        if not is_active:
            User.objects.filter(pk=account).update(is_active=False)
        _replace(account, texts, fresh)


def _replace(account: int, texts: set[str], fresh: str) -> None:
    known = User.objects.filter(pk=account)
    if known.values_list("email", flat=True).get() in texts:
        known.update(email=fresh)
    others = EmailAddress.objects.filter(user_id=account)
    is_first = not others.filter(primary=True).exists()
    if not others.filter(email=fresh).exists():
        EmailAddress.objects.create(user_id=account, email=fresh, primary=is_first)


def _free(text: str, account: int) -> str:
    """The canonical form of an address that no other account has."""
    address = stored(text)
    if not address or "@" not in address:
        raise CommandError(f"“{text}” is not a mail address. Nothing was changed.")
    for one, other, _is_own in _rows(QUERY):
        if one != account and stored(other) == address:
            raise CommandError(f"Account {one} has {address}. Nothing was changed.")
    return address
