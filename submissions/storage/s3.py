"""The site's bucket, as django-storages opens it, and what may go wrong there."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    ReadTimeoutError,
)
from django.conf import settings
from storages.backends.s3 import S3Storage

from mycenas.core.connections import check_outside_transaction
from mycenas.core.wake import Breaker
from submissions.storage.files import NameTaken, StorageFailed

logger = logging.getLogger(__name__)

# One try and one more: what still fails is said to the person, whose ticket waits.
CONFIG = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    connect_timeout=3,
    read_timeout=15,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=20,
    # Our own SHA-256 goes along; other servers do not know the client's CRCs.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
# For questions that a load balancer waits for.
QUICK = CONFIG.merge(
    Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 1})
)
SIGNED_SECONDS = 60

_TIMEOUTS = (ConnectTimeoutError, ReadTimeoutError)
_FULL = frozenset({"InsufficientStorage", "XMinioStorageFull", "QuotaExceeded", "507"})
_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412"})


class SiteBucket(S3Storage):  # type: ignore[misc]  # it has no types
    """``S3_BUCKET``: private, never overwriting; addresses are signed and short."""

    def get_default_settings(self) -> dict[str, Any]:
        usual: dict[str, Any] = super().get_default_settings()
        return usual | {
            "bucket_name": settings.S3_BUCKET,
            "endpoint_url": settings.S3_ENDPOINT_URL or None,
            "region_name": settings.S3_REGION,
            "access_key": settings.AWS_ACCESS_KEY_ID or None,
            "secret_key": settings.AWS_SECRET_ACCESS_KEY or None,
            "client_config": CONFIG,
            "default_acl": None,
            "file_overwrite": False,
            "querystring_expire": SIGNED_SECONDS,
        }

    def alike(self, **changes: Any) -> SiteBucket:
        """The same bucket, asked in another way."""
        same = ("bucket_name", "endpoint_url", "region_name")
        keys = ("access_key", "secret_key")
        told = {name: getattr(self, name) for name in (*same, *keys)}
        return SiteBucket(**told | changes)


class Asking:
    """Wraps every question to the store: errors, silence, and the database.

    Waiting for a network is no reason to keep a database connection from others, and a
    transaction must not wait for it at all. After a silence nobody is kept waiting for
    a while: pages have few threads.
    """

    def __init__(self) -> None:
        self._breaker = Breaker()

    @contextlib.contextmanager
    def __call__(self, doing: str) -> Iterator[None]:
        if self._breaker.is_open:
            raise StorageFailed(f"{doing}: the store was silent a moment ago")
        check_outside_transaction()
        try:
            yield
        except ClientError as error:
            raise _told(doing, error) from error
        except BotoCoreError as error:
            if isinstance(error, _TIMEOUTS):
                self._breaker.trip()
            logger.warning("The object storage failed: %s: %s", doing, error)
            raise StorageFailed(f"{doing}: {error}") from error


def _told(doing: str, error: ClientError) -> Exception:
    """What the store's own answer means to us."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    if code == "NoSuchKey":
        return FileNotFoundError(doing)
    if code in _TAKEN:
        return NameTaken(f"{doing}: {code}")
    logger.warning("The object storage refused: %s: %s", doing, error)
    return StorageFailed(f"{doing}: {error}", full=code in _FULL)
