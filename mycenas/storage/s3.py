"""The site's bucket, opened by django-storages, and its errors."""

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

from mycenas.core.db.connections import check_outside_transaction
from mycenas.core.queue.circuit_breaker import CircuitBreaker
from mycenas.storage.files import NameTaken, StorageFailed

logger = logging.getLogger(__name__)

# Two attempts: after that the participant, whose reservation stays, tries again.
CONFIG = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    connect_timeout=3,
    read_timeout=15,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=20,
    # Requests carry our SHA-256; not every server supports the client's CRCs.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
# For health checks, which a load balancer waits for.
QUICK = CONFIG.merge(
    Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 1})
)
SIGNED_SECONDS = 60

_TIMEOUTS = (ConnectTimeoutError, ReadTimeoutError)
_FULL = frozenset({"InsufficientStorage", "XMinioStorageFull", "QuotaExceeded", "507"})
_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412"})


class SiteBucket(S3Storage):  # type: ignore[misc]  # it has no types
    """``S3_BUCKET``: private, never overwriting; URLs are signed and short-lived."""

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

    def with_settings(self, **changes: Any) -> SiteBucket:
        """The same bucket with some settings changed."""
        same = ("bucket_name", "endpoint_url", "region_name")
        keys = ("access_key", "secret_key")
        unchanged = {name: getattr(self, name) for name in (*same, *keys)}
        return SiteBucket(**unchanged | changes)


class S3Errors:
    """A context manager around each S3 request: translates errors, breaks the circuit.

    It raises RuntimeError inside a transaction, whose locks would be held for as long
    as the network needs. After a timeout, requests fail at once for a while: pages
    have few threads.
    """

    def __init__(self) -> None:
        self._breaker = CircuitBreaker()

    @contextlib.contextmanager
    def __call__(self, doing: str) -> Iterator[None]:
        if self._breaker.is_open:
            raise StorageFailed(f"{doing}: the object storage timed out just now")
        check_outside_transaction()
        try:
            yield
        except ClientError as error:
            raise _translated(doing, error) from error
        except BotoCoreError as error:
            if isinstance(error, _TIMEOUTS):
                self._breaker.trip()
            logger.warning("The object storage failed: %s: %s", doing, error)
            raise StorageFailed(f"{doing}: {error}") from error


def _translated(doing: str, error: ClientError) -> Exception:
    """Our exception for an error response of the object storage."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    if code == "NoSuchKey":
        return FileNotFoundError(doing)
    if code in _TAKEN:
        return NameTaken(f"{doing}: {code}")
    logger.warning("The object storage refused: %s: %s", doing, error)
    return StorageFailed(f"{doing}: {error}", full=code in _FULL)
