"""The keys that sign receipts and other documents, and compact JWS with them.

Keys are created on first use, stored in PostgreSQL and never deleted. The private part
is encrypted with a key derived from SECRET_KEY, so that a copy of the database alone
cannot sign. Signatures are EdDSA (Ed25519); ``docs/receipts.md`` describes the format
for authors of other checkers.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from joserfc import jwe, jws
from joserfc.errors import BadSignatureError, JoseError, UnsupportedAlgorithmError
from joserfc.jwk import KeyParameters, KeySet, OctKey, OKPKey
from joserfc.registry import Header

from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import ProblemError
from mycenas.core.models import ReceiptKey

logger = logging.getLogger(__name__)

ALGORITHM = "EdDSA"
MEDIA_TYPE = "application/jose"


class OnlyEdDSA(jws.JWSRegistry):
    """Allows one algorithm, whatever the header of a JWS names."""

    def get_alg(self, name: str) -> Any:
        if name != ALGORITHM:
            raise UnsupportedAlgorithmError(f"Algorithm of '{name}' is not allowed")
        return self.algorithms[ALGORITHM]


class Fault(Enum):
    """Why a text is no valid JWS of this site."""

    MALFORMED = auto()
    OTHER_ALGORITHM = auto()
    UNKNOWN_KEY = auto()
    CHANGED = auto()


class InvalidJWS(Exception):
    """The text proves nothing; ``fault`` is the reason."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.name)
        self.fault = fault


@dataclass(frozen=True)
class Verified:
    """The payload of a JWS with a valid signature, and the key that signed it."""

    payload: bytes
    kid: str


def sign(payload: Mapping[str, Any], key: OKPKey, *, typ: str) -> str:
    """The compact JWS of a payload; the same payload and key give the same text."""
    data = json.dumps(payload, ensure_ascii=False, sort_keys=True)
    header = {"alg": ALGORITHM, "kid": key.thumbprint(), "typ": typ}
    return jws.serialize_compact(header, data, key, registry=OnlyEdDSA())


def verify(text: str, keys: KeySet, *, typ: str) -> Verified:
    """Check a JWS of type ``typ``; white space in it is ignored. Raises InvalidJWS."""
    compact = "".join(text.split())
    registry = OnlyEdDSA()
    try:
        found = jws.extract_compact(compact.encode(), registry=registry)
        header = found.headers()
    except (JoseError, ValueError) as error:
        raise InvalidJWS(Fault.MALFORMED) from error
    key = _key_for(header, keys, typ)
    try:
        is_valid = jws.validate_compact(found, key, registry=registry)
    except (BadSignatureError, ValueError) as error:
        raise InvalidJWS(Fault.CHANGED) from error
    except JoseError as error:
        raise InvalidJWS(Fault.MALFORMED) from error
    if not is_valid:
        raise InvalidJWS(Fault.CHANGED)
    return Verified(found.payload, key.thumbprint())


def _key_for(header: Header, keys: KeySet, typ: str) -> OKPKey:
    """The published key that the header names, if the header is of this type."""
    if header.get("alg") != ALGORITHM:
        raise InvalidJWS(Fault.OTHER_ALGORITHM)
    if header.get("typ") != typ:
        raise InvalidJWS(Fault.MALFORMED)
    for key in keys:
        if isinstance(key, OKPKey) and key.thumbprint() == header.get("kid"):
            return key
    raise InvalidJWS(Fault.UNKNOWN_KEY)


CURVE: Final = "Ed25519"
USE: KeyParameters = {"use": "sig", "alg": "EdDSA"}
WRAPPING = {"alg": "dir", "enc": "A256GCM"}


class KeyLocked(ProblemError):
    """The signing key was encrypted with another SECRET_KEY, or is none."""

    status = 503
    code = "receipt_key_locked"


def signing_key() -> OKPKey:
    """The current key with its private part; the first call creates it.

    Raises ``KeyLocked`` if the key was encrypted with another SECRET_KEY, or the row
    holds no key, or another than it says: ``rotate_receipt_key`` makes a new one.
    """
    row = _current() or _make()
    try:
        return _secret_part(row)
    except (JoseError, TypeError, ValueError) as error:
        raise KeyLocked(
            _("Receipts cannot be signed at the moment. The operators have to look.")
        ) from error


def _secret_part(row: ReceiptKey) -> OKPKey:
    text = jwe.decrypt_compact(row.private, _wrapping_key(), list(WRAPPING.values()))
    key = OKPKey.import_key(json.loads(text.plaintext or b""))
    if key.thumbprint() != row.kid:
        raise ValueError("the row has the secret of another key")
    return key


def published_keys() -> KeySet:
    """The public parts of the current key and all retired ones.

    A row that holds no key is reported and left out: it must not hide the others.
    """
    signs = _current() or _make()
    retired = ReceiptKey.objects.exclude(pk=signs.pk).order_by("-pk")
    keys = map(_public_part, (signs, *retired))
    return KeySet([key for key in keys if key])


def _public_part(row: ReceiptKey) -> OKPKey | None:
    try:
        key = OKPKey.import_key(row.public)
        if key.curve_name != CURVE or key.thumbprint() != row.kid:
            raise ValueError("not the key of this thumbprint")
        return key
    except (JoseError, TypeError, ValueError):
        logger.error("receipt key %s cannot be read", row.kid)
        return None


def rotate() -> ReceiptKey:
    """Retire the current key and create a new one; both stay published."""
    with transaction.atomic():
        ReceiptKey.objects.filter(retired_at=None).update(retired_at=DatabaseNow())
        return _make()


def _current() -> ReceiptKey | None:
    return ReceiptKey.objects.filter(retired_at=None).first()


def _make() -> ReceiptKey:
    """Create a key; returns that of another process which created one first."""
    key = OKPKey.generate_key(CURVE, USE, auto_kid=True)
    secret = json.dumps(key.as_dict(private=True)).encode()
    row = ReceiptKey(
        kid=key.thumbprint(),
        public=key.as_dict(private=False),
        private=jwe.encrypt_compact(
            WRAPPING, secret, _wrapping_key(), list(WRAPPING.values())
        ),
    )
    # The constraint ``receipt_key_signs_alone`` admits only one.
    ReceiptKey.objects.bulk_create([row], ignore_conflicts=True)
    return ReceiptKey.objects.get(retired_at=None)


def _wrapping_key() -> OctKey:
    digest = salted_hmac("mycenas.receipt-keys", "", algorithm="sha256").digest()
    return OctKey.import_key(digest)


JWKS_SECONDS = 300


@cache_control(public=True, max_age=JWKS_SECONDS)
@require_safe
def jwks(request: HttpRequest) -> JsonResponse:
    """The JSON Web Key Set, for any JOSE library and from any origin."""
    response = JsonResponse(
        published_keys().as_dict(private=False),
        content_type="application/jwk-set+json",
    )
    response["Access-Control-Allow-Origin"] = "*"
    return response
