from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from submissions.models import Submission
from submissions.storage import Store, store


class Command(BaseCommand):
    help = "Checks that every acknowledged entry has its bytes, with their SHA-256."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON only")

    def handle(self, *args: Any, **options: Any) -> None:
        files = store()
        acknowledged = Submission.objects.filter(received_at__isnull=False)
        checked = 0
        damaged: list[int] = []
        for submission in acknowledged.order_by("pk").iterator():
            checked += 1
            if not _is_whole(files, submission):
                damaged.append(submission.pk)
        if options["json"]:
            self.stdout.write(json.dumps({"checked": checked, "damaged": damaged}))
        else:
            self.stdout.write(f"{checked} acknowledged entries checked.")
        if damaged:
            names = ", ".join(map(str, damaged))
            raise CommandError(f"Missing or different bytes for the entries {names}.")


def _is_whole(files: Store, submission: Submission) -> bool:
    return files.verify(
        submission.original or "",
        sha256=submission.sha256 or "",
        size=submission.size or 0,
    )
