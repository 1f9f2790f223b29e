"""Signing keys: created on first use, stored in PostgreSQL, never deleted.

The private part of a key is encrypted with a key derived from SECRET_KEY, so that a
copy of the database alone cannot sign.
"""

from __future__ import annotations

import json
from typing import Final

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import KeyParameters, KeySet, OctKey, OKPKey

from mycenas.core.db.clock import DatabaseNow
from mycenas.core.http.errors import Refused
from mycenas.core.signing.models import ReceiptKey

CURVE: Final = "Ed25519"
USE: KeyParameters = {"use": "sig", "alg": "EdDSA"}
WRAPPING = {"alg": "dir", "enc": "A256GCM"}


class KeyLocked(Refused):
    """The signing key was encrypted with another SECRET_KEY."""

    status = 503
    code = "receipt_key_locked"


def signing_key() -> OKPKey:
    """The current key with its private part; the first call creates it.

    Raises ``KeyLocked`` if the key was encrypted with another SECRET_KEY.
    """
    row = _current() or _make()
    try:
        text = jwe.decrypt_compact(
            row.private, _wrapping_key(), list(WRAPPING.values())
        )
    except JoseError as error:
        raise KeyLocked(
            _("Receipts cannot be signed at the moment. The operators have to look.")
        ) from error
    return OKPKey.import_key(json.loads(text.plaintext or b""))


def published_keys() -> KeySet:
    """The public parts of the current key and all retired ones."""
    signs = _current() or _make()
    retired = ReceiptKey.objects.exclude(pk=signs.pk).order_by("-pk")
    return KeySet([OKPKey.import_key(row.public) for row in (signs, *retired)])


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
