from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from mycenas.core import signing
from mycenas.core.audit.actor import acting


class Command(BaseCommand):
    help = "Makes a new key for receipts; earlier ones stay published and verify."

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(lambda: (None, "manage.py rotate_receipt_key")):
            row = signing.rotate()
        published = len(signing.published_keys().keys)
        self.stdout.write(
            f"Receipts are now signed with the key {row.kid}. {published} published."
        )
