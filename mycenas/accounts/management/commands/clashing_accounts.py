from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mycenas.accounts import clashes
from mycenas.core.audit.actor import acting

# Nothing is ever delivered below .invalid.
INACTIVE = "account-{account}@inactive.invalid"


class Command(BaseCommand):
    help = (
        "Lists the accounts whose mail addresses differ only in case or cannot be"
        " stored, and gives one of them another address."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", type=int, metavar="NUMBER", help="as listed")
        ways = parser.add_mutually_exclusive_group()
        ways.add_argument("--address", help="the account's address from now on")
        ways.add_argument(
            "--inactive",
            action="store_true",
            help=f"the account can no longer sign in; its address becomes {INACTIVE}",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        account, address = options["account"], options["address"]
        if account is None:
            self._list()
        elif address or options["inactive"]:
            self._decide(account, address, options["inactive"])
        else:
            raise CommandError("Say --address or --inactive beside --account.")

    def _list(self) -> None:
        found = clashes.groups()
        if found:
            raise CommandError(clashes.described(found))
        self.stdout.write("No two accounts have one mail address.")

    def _decide(self, account: int, address: str | None, is_inactive: bool) -> None:
        given = address or INACTIVE.format(account=account)
        with acting(lambda: (None, "manage.py clashing_accounts")):
            clashes.give_address(account, given, is_active=not is_inactive)
        state = " and is inactive" if is_inactive else ""
        self.stdout.write(f"Account {account} has the address {given}{state}.")
        left = len(clashes.groups())
        self.stdout.write(f"{left} groups are left." if left else "No group is left.")
