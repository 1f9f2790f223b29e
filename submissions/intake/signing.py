"""Signed receipts: a JWS that says what was acknowledged, and the check of one.

A receipt is a compact JWS with EdDSA (Ed25519). ``docs/receipts.md`` describes it for
people who write a checker of their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError, UnsupportedAlgorithmError
from joserfc.jwk import KeySet, OKPKey
from joserfc.registry import Header

from submissions.models import Submission

ALGORITHM = "EdDSA"
TYPE = "mycenas-receipt+jws"
MEDIA_TYPE = "application/jose"
# What a receipt may weigh, in bytes; a real one has less than 2 KiB.
MAX_BYTES = 16 * 1024


class OnlyEdDSA(jws.JWSRegistry):
    """Knows one algorithm, so that no header can talk it into another."""

    def get_alg(self, name: str) -> Any:
        if name != ALGORITHM:
            raise UnsupportedAlgorithmError(f"Algorithm of '{name}' is not allowed")
        return self.algorithms[ALGORITHM]


class NotProven(Exception):
    """A text that does not prove an entry; ``sentence`` says why."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


NO_RECEIPT = _(
    "This is not a signed receipt. Use the whole file, as it was downloaded."
)
OTHER_ALGORITHM = _("This text is not signed the way receipts are (EdDSA).")
UNKNOWN_KEY = _("This receipt is signed with a key that this site has never published.")
CHANGED = _("This receipt was changed after it was signed, or is damaged.")


@dataclass(frozen=True)
class Statement:
    """What a receipt says, once its signature has been verified.

    ``title`` is the work's, in receipts that were signed before receipts became public;
    those of today leave it out.
    """

    issuer: str
    competition: str
    competition_title: str
    entry: str
    title: str | None
    token_sha256: str
    arrived_at: datetime
    received_at: datetime
    size: int
    sha256: str
    kid: str


def payload_of(submission: Submission) -> dict[str, Any]:
    """What is signed: facts that never change once the file was received.

    Token, artist and words of the entry are not in it: a receipt can be shown to all.
    """
    arrived_at, received_at = submission.arrived_at, submission.received_at
    if received_at is None:
        raise ValueError("an entry without a file has nothing to sign")
    return {
        "iss": submission.receipt_issuer,
        "iat": int(received_at.timestamp()),
        "competition": submission.receipt_slug,
        "competition_title": submission.receipt_title,
        "entry": submission.public_id,
        "token_sha256": submission.token_sha256,
        "arrived_at": arrived_at.astimezone(UTC).isoformat(),
        "received_at": received_at.astimezone(UTC).isoformat(),
        "size": submission.size,
        "sha256": submission.sha256,
    }


def sign(submission: Submission, key: OKPKey) -> str:
    """The receipt as a compact JWS; Ed25519 signs the same facts the same way."""
    facts = json.dumps(payload_of(submission), ensure_ascii=False, sort_keys=True)
    header = {"alg": ALGORITHM, "kid": key.thumbprint(), "typ": TYPE}
    return jws.serialize_compact(header, facts, key, registry=OnlyEdDSA())


def verify(text: str, keys: KeySet) -> Statement:
    """What the receipt says. Raises ``NotProven`` when it proves nothing."""
    compact = "".join(text.split())
    registry = OnlyEdDSA()
    try:
        found = jws.extract_compact(compact.encode(), registry=registry)
        header = found.headers()
    except (JoseError, ValueError) as error:
        raise NotProven(NO_RECEIPT) from error
    key = _key_for(header, keys)
    try:
        is_whole = jws.validate_compact(found, key, registry=registry)
    except (BadSignatureError, ValueError) as error:
        raise NotProven(CHANGED) from error
    except JoseError as error:
        raise NotProven(NO_RECEIPT) from error
    if not is_whole:
        raise NotProven(CHANGED)
    return _read(found.payload, key.thumbprint())


def _key_for(header: Header, keys: KeySet) -> OKPKey:
    """The published key that the header names, if the header is a receipt's."""
    if header.get("alg") != ALGORITHM:
        raise NotProven(OTHER_ALGORITHM)
    if header.get("typ") != TYPE:
        raise NotProven(NO_RECEIPT)
    for key in keys:
        if isinstance(key, OKPKey) and key.thumbprint() == header.get("kid"):
            return key
    raise NotProven(UNKNOWN_KEY)


def _read(payload: bytes, kid: str) -> Statement:
    try:
        facts = json.loads(payload)
        return _statement(facts, kid)
    except (KeyError, TypeError, ValueError) as error:
        raise NotProven(NO_RECEIPT) from error


def _statement(facts: Mapping[str, Any], kid: str) -> Statement:
    return Statement(
        issuer=str(facts["iss"]),
        competition=str(facts["competition"]),
        competition_title=str(facts["competition_title"]),
        entry=str(facts["entry"]),
        title=str(facts["title"]) if "title" in facts else None,
        token_sha256=str(facts["token_sha256"]),
        arrived_at=datetime.fromisoformat(facts["arrived_at"]),
        received_at=datetime.fromisoformat(facts["received_at"]),
        size=int(facts["size"]),
        sha256=str(facts["sha256"]),
        kid=kid,
    )
