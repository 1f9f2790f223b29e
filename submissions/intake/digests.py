"""``Content-Digest`` and ``Repr-Digest`` (RFC 9530), as far as a file needs them."""

from __future__ import annotations

import base64
import binascii
import hashlib

from django.http import HttpRequest
from django.utils.translation import gettext as _

from submissions.intake.programs import Problem

NAMES = ("Content-Digest", "Repr-Digest")
# Older fields, which are not compared.
UNUSED = ("Digest", "Content-MD5")
ALGORITHM = "sha-256"
# How both fields ask for it (RFC 9530, 4).
WANTED = {f"Want-{name}": f"{ALGORITHM}=10" for name in NAMES}


def declared_sha256(request: HttpRequest) -> str | None:
    """The SHA-256 that the headers announce (hex), None if they announce none.

    Problem (400) for what cannot be compared: whoever sends a digest counts on that.
    """
    if any(name in request.headers for name in UNUSED):
        raise _unusable()
    told = {_digest(request.headers[name]) for name in NAMES if name in request.headers}
    if len(told) > 1:
        raise _unusable()
    return told.pop() if told else None


def _digest(field: str) -> str:
    """The value of ``sha-256`` in a dictionary of byte sequences (RFC 8941)."""
    members = (part.strip().partition("=") for part in field.split(","))
    found = {
        _hexadecimal(value) for name, _equals, value in members if name == ALGORITHM
    }
    if len(found) != 1:
        raise _unusable()
    return found.pop()


def _hexadecimal(value: str) -> str:
    if len(value) < 2 or not value.startswith(":") or not value.endswith(":"):
        raise _unusable()
    try:
        digest = base64.b64decode(value[1:-1].encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise _unusable() from error
    if len(digest) != hashlib.sha256().digest_size:
        raise _unusable()
    return digest.hex()


def _unusable() -> Problem:
    detail = _(
        "Content-Digest and Repr-Digest need one SHA-256 here, written as "
        "sha-256=:…: with Base64 between the colons."
    )
    return Problem(400, "bad_digest", detail, WANTED)
