from __future__ import annotations

import hashlib
import json
import urllib.request
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from mycenas.core import signing
from submissions.receipts.statement import MAX_BYTES, NotProven, Statement, verify

NOT_PROVEN = 1
NOT_CHECKED = 2
TIMEOUT_SECONDS = 10


class Command(BaseCommand):
    help = (
        "Checks a signed receipt, and a picture against it. Exit code 0: proven; "
        "1: not proven; 2: could not be checked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("receipt", help="the .jws file")
        parser.add_argument(
            "--jwks", help="address or file of the keys; without it this site's own"
        )
        parser.add_argument("--file", help="the picture that was entered")

    def handle(self, *args: Any, **options: Any) -> None:
        text = _read(options["receipt"])
        known = (
            _key_set(options["jwks"]) if options["jwks"] else signing.published_keys()
        )
        try:
            statement = verify(text, known)
        except NotProven as error:
            raise CommandError(str(error.sentence), returncode=NOT_PROVEN) from error
        self.stdout.write(_sentences(statement))
        if options["file"]:
            self._compare(statement, Path(options["file"]))

    def _compare(self, statement: Statement, picture: Path) -> None:
        try:
            with picture.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise _unchecked(picture, error) from error
        if found != statement.sha256:
            raise CommandError(
                f"{picture} is another file: its SHA-256 is {found}.",
                returncode=NOT_PROVEN,
            )
        self.stdout.write(f"{picture} is the file that was entered.")


def _sentences(statement: Statement) -> str:
    work = f"“{statement.title}”" if statement.title else f"Entry {statement.entry}"
    return (
        f"The receipt is valid, signed by {statement.issuer} (key {statement.kid}).\n"
        f"{work} was entered in {statement.competition_title}.\n"
        f"It arrived on {statement.arrived_at:%Y-%m-%d at %H:%M:%S} UTC; its file was "
        f"received on {statement.received_at:%Y-%m-%d at %H:%M:%S} UTC.\n"
        f"The file has {statement.size} bytes and the SHA-256 {statement.sha256}."
    )


def _unchecked(what: object, error: Exception) -> CommandError:
    return CommandError(f"{what} cannot be read: {error}", returncode=NOT_CHECKED)


def _read(name: str) -> str:
    try:
        with Path(name).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unchecked(name, error) from error
    if len(data) > MAX_BYTES:
        raise CommandError(
            f"{name} has more than {MAX_BYTES} bytes, so it is no receipt.",
            returncode=NOT_PROVEN,
        )
    return data.decode("ascii", errors="replace")


def _key_set(source: str) -> KeySet:
    """The Ed25519 keys at an address or in a file; other kinds sign no receipts."""
    try:
        if source.startswith(("http://", "https://")):
            with urllib.request.urlopen(source, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310  http only
                text = answer.read()
        else:
            text = Path(source).read_bytes()
        return KeySet(
            [
                OKPKey.import_key(key)
                for key in json.loads(text)["keys"]
                if (key.get("kty"), key.get("crv")) == ("OKP", signing.CURVE)
            ]
        )
    except (
        OSError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        JoseError,
    ) as error:
        raise _unchecked(source, error) from error
