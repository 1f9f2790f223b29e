"""The keys that sign receipts: made on first use, kept in PostgreSQL, never deleted.

The private part of a key is stored encrypted, with a key that comes from SECRET_KEY,
so that a copy of the database alone signs nothing.
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

from mycenas.core.clock import DatabaseNow
from mycenas.core.errors import Refused
from submissions.models import ReceiptKey

CURVE: Final = "Ed25519"
USE: KeyParameters = {"use": "sig", "alg": "EdDSA"}
WRAPPING = {"alg": "dir", "enc": "A256GCM"}


class KeyLocked(Refused):
    """The signing key was encrypted with another SECRET_KEY."""

    status = 503
    code = "receipt_key_locked"


def signing_key() -> OKPKey:
    """The key that signs now, with its private part; the first call makes it.

    Raises ``KeyLocked`` when SECRET_KEY is not the one that the key was kept with.
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
    """Every key that has ever signed a receipt, public parts only."""
    signs = _current() or _make()
    retired = ReceiptKey.objects.exclude(pk=signs.pk).order_by("-pk")
    return KeySet([OKPKey.import_key(row.public) for row in (signs, *retired)])


def rotate() -> ReceiptKey:
    """Retire the signing key and make a new one; both stay published."""
    with transaction.atomic():
        ReceiptKey.objects.filter(retired_at=None).update(retired_at=DatabaseNow())
        return _make()


def _current() -> ReceiptKey | None:
    return ReceiptKey.objects.filter(retired_at=None).first()


def _make() -> ReceiptKey:
    """A new signing key, or the one that another process made at the same time."""
    key = OKPKey.generate_key(CURVE, USE, auto_kid=True)
    secret = json.dumps(key.as_dict(private=True)).encode()
    row = ReceiptKey(
        kid=key.thumbprint(),
        public=key.as_dict(private=False),
        private=jwe.encrypt_compact(
            WRAPPING, secret, _wrapping_key(), list(WRAPPING.values())
        ),
    )
    # The constraint ``receipt_key_signs_alone`` lets only one of them in.
    ReceiptKey.objects.bulk_create([row], ignore_conflicts=True)
    return ReceiptKey.objects.get(retired_at=None)


def _wrapping_key() -> OctKey:
    digest = salted_hmac("mycenas.receipt-keys", "", algorithm="sha256").digest()
    return OctKey.import_key(digest)
