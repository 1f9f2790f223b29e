from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mycenas.storage import StorageFailed, store
from submissions.inventory.orphans import (
    ORPHANS_KEPT,
    leftovers,
    unnamed,
)
from submissions.inventory.page_pictures import find, kinds
from submissions.inventory.progress import Bar, Notebook
from submissions.inventory.workflow import (
    Findings,
    StorageDown,
    audit,
    note_digests,
    to_check,
    without_digest,
)

STOPPED = 2
INTERRUPTED = 130
HOURS_KEPT = ORPHANS_KEPT.total_seconds() / 3600


class Command(BaseCommand):
    help = (
        "Checks that every acknowledged entry and its public pictures have their "
        "bytes, with their size and SHA-256, and lists files that belong to no entry, "
        "and covers and campaigns' pictures that are missing. "
        "An interrupted audit goes on where it was. Exit code 1: bytes are missing or "
        "different; 2: the storage could not be read to the end; 130: interrupted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON only")
        parser.add_argument(
            "--resume",
            type=Path,
            metavar="FILE",
            help="where to note how far it is (default: below DATA_DIR)",
        )
        parser.add_argument(
            "--fresh", action="store_true", help="begin anew, whatever is noted"
        )
        parser.add_argument(
            "--sweep-orphans",
            action="store_true",
            help="remove files that belong to no entry",
        )
        parser.add_argument(
            "--note-digests",
            action="store_true",
            help="note the SHA-256 of public pictures made before it was kept",
        )
        parser.add_argument(
            "--older-than",
            type=float,
            default=HOURS_KEPT,
            metavar="HOURS",
            help="leave younger files without an entry out (default: %(default)g)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        notebook = Notebook(options["resume"] or settings.DATA_DIR / "audit.json")
        found = Findings() if options["fresh"] else notebook.read()
        noted = note_digests(store()) if options["note_digests"] else 0
        self._audit(found, notebook)
        report = {
            "checked": found.checked,
            "checked_bytes": found.checked_bytes,
            "damaged": [asdict(damage) for damage in found.damaged],
            "digests": {"noted": noted, "missing": without_digest().count()},
            **self._unnamed(timedelta(hours=options["older_than"]), options),
        }
        notebook.forget()
        self.stdout.write(json.dumps(report) if options["json"] else _in_words(report))
        if found.damaged:
            names = ", ".join(str(damage.entry) for damage in found.damaged)
            raise CommandError(f"Missing or different bytes for the entries {names}.")

    def _audit(self, found: Findings, notebook: Notebook) -> None:
        rows, size = to_check(found)
        bar = Bar(sys.stderr, found.checked + rows, found.checked_bytes + size)
        again = "Run the same command again to go on."
        try:
            for _pause in audit(store(), found):
                notebook.note_now_and_then(found)
                bar.show(found)
        except KeyboardInterrupt as error:
            notebook.note(found)
            message = f"Interrupted after {found.checked} entries. {again}"
            raise CommandError(message, returncode=INTERRUPTED) from error
        except StorageDown as error:
            notebook.note(found)
            message = f"The storage could not be read: {error}. {again}"
            raise CommandError(message, returncode=STOPPED) from error
        finally:
            bar.end()

    def _unnamed(
        self, older_than: timedelta, options: dict[str, Any]
    ) -> dict[str, Any]:
        """Files without an entry: found, and removed if that was asked for."""
        files, remove = store(), options["sweep_orphans"]
        try:
            found = list(unnamed(files, older_than))
            orphans = [one.facts for one in found if not one.waits]
            pictures = {one: find(one, files, older_than) for one in kinds}
            for orphan in orphans if remove else ():
                files.remove_original(orphan["original"])
            for kind, ours in pictures.items() if remove else ():
                for name in ours.unnamed:
                    kind.remove(files, name)
        except StorageFailed as error:
            message = f"The files could not be listed: {error}."
            raise CommandError(message, returncode=STOPPED) from error
        return {
            "orphans": orphans,
            "waiting": [one.facts for one in found if one.waits],
            **{kind.name: ours.unnamed for kind, ours in pictures.items()},
            "missing_pictures": {
                kind.name: ours.missing for kind, ours in pictures.items()
            },
            "leftovers": [
                path.name for path in leftovers(files, older_than, remove=remove)
            ],
            "swept": remove,
        }


def _in_words(report: dict[str, Any]) -> str:
    lines = [f"{report['checked']} acknowledged entries checked."]
    lines += [f"Entry {d['entry']}: {d['problem']}." for d in report["damaged"]]
    lines += _digests_in_words(**report["digests"])
    verb = "removed" if report["swept"] else "belongs to no entry"
    line = "{original} ({size} bytes): "
    lines += [f"{line.format(**one)}{verb}." for one in report["orphans"]]
    for kind in kinds:
        of_none = "removed" if report["swept"] else kind.of_none
        lines += [f"{name}: {of_none}." for name in report[kind.name]]
        missing = report["missing_pictures"][kind.name]
        lines += [f"{name}: is missing; upload it again." for name in missing]
    waits = "its ticket may still take it."
    lines += [f"{line.format(**one)}{waits}" for one in report["waiting"]]
    count = len(report["leftovers"])
    if count:
        files, are = ("file", "is") if count == 1 else ("files", "are")
        verb = "removed from" if report["swept"] else f"{are} left in"
        lines.append(f"{count} {files} of broken uploads {verb} staging.")
    return "\n".join(lines)


def _digests_in_words(noted: int, missing: int) -> list[str]:
    lines = [f"{noted} public pictures got their SHA-256."] if noted else []
    if missing:
        lines.append(
            f"{missing} public pictures were made before their SHA-256 was kept, and "
            "only their size was compared: --note-digests notes it."
        )
    return lines
