"""Permanent files in S3-compatible storage, opened by django-storages."""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    ReadTimeoutError,
)
from django.conf import settings
from django.utils.http import content_disposition_header
from storages.backends.s3 import S3Storage

from mycenas.core.db.database import check_outside_transaction
from mycenas.core.queue.publisher import CircuitBreaker
from mycenas.storage.files import (
    BLOCK_BYTES,
    FileFacts,
    NameTaken,
    NotLocal,
    StorageFailed,
    StoredFile,
    storage_errors,
)
from mycenas.storage.staging import StagedFile

logger = logging.getLogger(__name__)

# Larger files are sent in parts, so that a broken connection costs one part.
MULTIPART_BYTES = 64 * 1024 * 1024
PART_BYTES = 16 * 1024 * 1024
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
            "querystring_expire": 60,
        }

    @property
    def client(self) -> Any:
        return self.connection.meta.client


class BucketBackend:
    """The objects of ``S3_BUCKET``, as `DiskBackend` describes.

    ``keep`` reads each object back before it returns: a server may answer "stored"
    without storing the bytes, and the SHA-256 that it reports for a multipart upload
    is not that of the file. After a timeout, requests fail at once for a while: pages
    have few threads.
    """

    def __init__(self) -> None:
        self._client = SiteBucket().client
        self._quick = SiteBucket(client_config=QUICK).client
        # The same bucket under the URL that browsers use.
        public = settings.S3_PUBLIC_URL or settings.S3_ENDPOINT_URL or None
        self._public = SiteBucket(endpoint_url=public)
        self._at = {"Bucket": settings.S3_BUCKET}
        self._breaker = CircuitBreaker()

    def keep(self, staged: StagedFile, key: str) -> None:
        # A missing staged file means that an earlier attempt has sent it.
        with contextlib.suppress(NameTaken):
            if staged.path.exists():
                self._put(staged, key, IfNoneMatch="*")
        self._read_back(staged, key)
        # The sweeper removes a copy that stays in staging.
        with contextlib.suppress(OSError):
            staged.path.unlink()

    def save(self, staged: StagedFile, key: str) -> None:
        self._put(staged, key)
        with contextlib.suppress(OSError):
            staged.path.unlink()

    def read(self, key: str) -> Iterator[bytes]:
        with self._request(f"read {key}"):
            answer = self._client.get_object(**self._at, Key=key)
            with contextlib.closing(answer["Body"]) as body:
                yield from body.iter_chunks(BLOCK_BYTES)

    def path(self, key: str) -> Path:
        raise NotLocal(key)

    def remove(self, key: str) -> None:
        with self._request(f"remove {key}"):
            self._client.delete_object(**self._at, Key=key)

    def list_files(self, prefix: str) -> Iterator[StoredFile]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            **self._at, Prefix=f"{prefix}/"
        )
        with self._request(f"list {prefix}"):
            for page in pages:
                for entry in page.get("Contents", ()):
                    changed_at = entry["LastModified"].timestamp()
                    yield StoredFile(entry["Key"], entry["Size"], changed_at)

    def url(self, key: str, *, file_name: str) -> str:
        """Signed here, without a request; the browser downloads the file as is."""
        headers = {
            "ResponseContentType": "application/octet-stream",
            "ResponseContentDisposition": content_disposition_header(True, file_name),
            "ResponseCacheControl": "private, no-store",
        }
        return str(self._public.url(key, parameters=headers))

    def problem(self) -> str:
        try:
            with self._request("check the bucket"):
                self._quick.head_bucket(**self._at)
        except (StorageFailed, FileNotFoundError):
            return "The object storage does not answer as it should."
        return ""

    @contextlib.contextmanager
    def _request(self, doing: str) -> Iterator[None]:
        """Around each request: translates errors, breaks the circuit.

        RuntimeError inside a transaction, whose locks would be held for as long as the
        network needs.
        """
        if self._breaker.is_open:
            raise StorageFailed(f"{doing}: the object storage timed out just now")
        check_outside_transaction()
        try:
            yield
        except ClientError as error:
            raise _translated(doing, error) from error
        except BotoCoreError as error:
            if isinstance(error, ConnectTimeoutError | ReadTimeoutError):
                self._breaker.trip()
            logger.warning("The object storage failed: %s: %s", doing, error)
            raise StorageFailed(f"{doing}: {error}") from error

    def _put(self, staged: StagedFile, key: str, **condition: str) -> None:
        target: dict[str, Any] = {
            **self._at,
            "Key": key,
            "ContentType": "application/octet-stream",
            "Metadata": {"sha256": staged.sha256},
        }
        with (
            storage_errors("send a staged file"),
            self._request(f"put {key}"),
            staged.path.open("rb") as file,
        ):
            if staged.size >= MULTIPART_BYTES:
                self._put_parts(file, target, condition)
            else:
                self._client.put_object(
                    **target,
                    **condition,
                    Body=file,
                    ContentLength=staged.size,
                    ChecksumSHA256=_in_base64(bytes.fromhex(staged.sha256)),
                )

    def _put_parts(
        self, file: IO[bytes], target: dict[str, Any], condition: dict[str, str]
    ) -> None:
        at = {**self._at, "Key": target["Key"]}
        begun = self._client.create_multipart_upload(
            **target, ChecksumAlgorithm="SHA256"
        )
        at["UploadId"] = begun["UploadId"]
        try:
            blocks = iter(functools.partial(file.read, PART_BYTES), b"")
            parts = [self._put_part(at, *part) for part in enumerate(blocks, start=1)]
            self._client.complete_multipart_upload(
                **at, **condition, MultipartUpload={"Parts": parts}
            )
        except (BotoCoreError, ClientError):
            # A lifecycle rule of the bucket removes an upload that cannot be aborted.
            with contextlib.suppress(BotoCoreError, ClientError):
                self._client.abort_multipart_upload(**at)
            raise

    def _put_part(self, at: dict[str, Any], number: int, data: bytes) -> dict[str, Any]:
        digest = _in_base64(hashlib.sha256(data).digest())
        answer = self._client.upload_part(
            **at, PartNumber=number, Body=data, ChecksumSHA256=digest
        )
        return {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": digest}

    def _read_back(self, staged: StagedFile, key: str) -> None:
        try:
            found = FileFacts.of(self.read(key))
        except FileNotFoundError as error:
            raise StorageFailed(f"{key} was stored and is missing") from error
        if found != (staged.size, staged.sha256):
            raise NameTaken(f"{key} holds other bytes than were sent")


def _translated(doing: str, error: ClientError) -> Exception:
    """Our exception for an error response of the object storage."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    if code == "NoSuchKey":
        return FileNotFoundError(doing)
    if code in _TAKEN:
        return NameTaken(f"{doing}: {code}")
    logger.warning("The object storage refused: %s: %s", doing, error)
    return StorageFailed(f"{doing}: {error}", full=code in _FULL)


def _in_base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode("ascii")
