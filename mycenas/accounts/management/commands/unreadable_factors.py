from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mycenas.accounts import factors
from mycenas.core.audit.actor import acting


class Command(BaseCommand):
    help = (
        "Lists second factors that cannot be read, and removes those of one account,"
        " with a reason in the journal."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", type=int, metavar="NUMBER", help="as listed")
        parser.add_argument("--reason", help="why, for the journal")

    def handle(self, *args: Any, **options: Any) -> None:
        account, reason = options["account"], (options["reason"] or "").strip()
        if account is None:
            self._list()
        elif reason:
            self._remove(account, reason)
        else:
            raise CommandError("Say --reason beside --account.")

    def _list(self) -> None:
        found = factors.unreadable()
        if found:
            raise CommandError(factors.described(found))
        self.stdout.write("Each second factor can be read.")

    def _remove(self, account: int, reason: str) -> None:
        with acting(lambda: (None, "manage.py unreadable_factors")):
            count = factors.remove(account, reason=reason)
        self.stdout.write(f"Removed {count} of account {account}; its sessions ended.")
        left = len(factors.unreadable())
        self.stdout.write(f"{left} are left." if left else "None is left.")
