"""Compact JWS with EdDSA (Ed25519): sign a payload, and verify a text.

``docs/receipts.md`` describes the format for authors of other checkers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError, UnsupportedAlgorithmError
from joserfc.jwk import KeySet, OKPKey
from joserfc.registry import Header

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
