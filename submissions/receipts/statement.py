"""Signed receipts: their payload, and its verification.

``docs/receipts.md`` describes the format for authors of other checkers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from joserfc.jwk import KeySet, OKPKey

from mycenas.core import signing
from mycenas.core.signing import Fault, InvalidJWS
from submissions.models import Submission

TYPE = "mycenas-receipt+jws"
# The largest receipt that is checked, in bytes; a real one has less than 2 KiB.
MAX_BYTES = 16 * 1024


class NotProven(Exception):
    """The text is not a valid receipt; ``sentence`` is the reason."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


NO_RECEIPT = _(
    "This is not a signed receipt. Use the whole file, as it was downloaded."
)
SENTENCES = {
    Fault.MALFORMED: NO_RECEIPT,
    Fault.OTHER_ALGORITHM: _("This text is not signed the way receipts are (EdDSA)."),
    Fault.UNKNOWN_KEY: _(
        "This receipt is signed with a key that this site has never published."
    ),
    Fault.CHANGED: _("This receipt was changed after it was signed, or is damaged."),
}


@dataclass(frozen=True)
class Statement:
    """The payload of a receipt with a valid signature.

    ``title`` is the title of the work, in receipts that were signed before receipts
    became public; later ones have none.
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
    """The signed values, which never change once the file was received.

    Anyone may read a receipt, so it holds neither token nor artist nor texts.
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
    return signing.sign(payload_of(submission), key, typ=TYPE)


def verify(text: str, keys: KeySet) -> Statement:
    """The statement of a valid receipt. Raises ``NotProven``."""
    try:
        found = signing.verify(text, keys, typ=TYPE)
    except InvalidJWS as error:
        raise NotProven(SENTENCES[error.fault]) from error
    try:
        return _statement(json.loads(found.payload), found.kid)
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
