"""Header values of tus 1.0.0 and its extensions: checksum, termination, expiration."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass

from mycenas.core.http.errors import ProblemError

VERSION = "1.0.0"
EXTENSIONS = "creation,checksum,termination,expiration"
ALGORITHMS = ("sha1", "sha256")
BODY_TYPE = "application/offset+octet-stream"
CHECKSUM_MISMATCH = 460

# No number of bytes that a disk can hold has more digits.
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_KEY = re.compile(r"[!-+\--~]{1,100}")
MAX_METADATA = 32 * 1024


class BadHeader(ProblemError):
    """A header that the protocol does not allow; says why."""

    status = 400
    code = "bad_header"


def number(name: str, text: str) -> int:
    """The number of bytes in a header; ``BadHeader`` for anything but digits."""
    if not _NUMBER.fullmatch(text):
        raise BadHeader(f"{name} is not a number of bytes.")
    return int(text)


def metadata(text: str) -> dict[str, str]:
    """``Upload-Metadata`` as a dictionary; an empty header is no metadata."""
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        key, _, value = pair.partition(" ")
        if not _KEY.fullmatch(key):
            raise BadHeader("Upload-Metadata has a key that is not plain ASCII.")
        if key in found:
            raise BadHeader(f"Upload-Metadata has the key {key} twice.")
        found[key] = _text(key, value.strip())
    return found


def _text(key: str, value: str) -> str:
    message = f"The value of {key} in Upload-Metadata is not Base64 of plain UTF-8."
    try:
        text = _bytes(value).decode()
    except (ValueError, UnicodeDecodeError) as error:
        raise BadHeader(message) from error
    # PostgreSQL stores no text with it.
    if "\0" in text:
        raise BadHeader(message)
    return text


def _bytes(value: str) -> bytes:
    try:
        return base64.b64decode(value.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError(value) from error


@dataclass(frozen=True)
class Checksum:
    """What the bytes of one request must hash to."""

    algorithm: str
    digest: bytes

    @classmethod
    def parse(cls, text: str) -> Checksum:
        """Read ``Upload-Checksum``; ``BadHeader`` for what cannot be compared."""
        algorithm, _, value = text.strip().partition(" ")
        if algorithm not in ALGORITHMS:
            known = ", ".join(ALGORITHMS)
            raise BadHeader(f"Upload-Checksum can use {known}.")
        try:
            digest = _bytes(value)
        except ValueError as error:
            raise BadHeader("Upload-Checksum is not Base64.") from error
        if len(digest) != hashlib.new(algorithm).digest_size:
            raise BadHeader("Upload-Checksum has another length than its algorithm.")
        return cls(algorithm, digest)

    def matches(self, found: bytes) -> bool:
        return hmac.compare_digest(self.digest, found)
