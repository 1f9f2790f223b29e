"""Permanent files in S3-compatible storage."""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.utils.http import content_disposition_header

from mycenas.storage.backends import NotLocal, StoredFile
from mycenas.storage.files import BLOCK_BYTES, NameTaken, StorageFailed
from mycenas.storage.s3 import QUICK, S3Errors, SiteBucket
from mycenas.storage.staging import StagedFile

# Larger files are sent in parts, so that a broken connection costs one part.
MULTIPART_BYTES = 64 * 1024 * 1024
PART_BYTES = 16 * 1024 * 1024


class BucketBackend:
    """The objects of one bucket.

    ``keep`` reads each object back before it returns: a server may answer "stored"
    without storing the bytes, and the SHA-256 that it reports for a multipart upload
    is not that of the file.
    """

    def __init__(
        self,
        bucket: SiteBucket,
        *,
        public: SiteBucket | None = None,
        multipart_bytes: int = MULTIPART_BYTES,
        part_bytes: int = PART_BYTES,
    ) -> None:
        """``public`` is the same bucket under the URL that browsers use."""
        self._bucket = bucket
        self._public = public or bucket
        self._client = bucket.connection.meta.client
        self._at = {"Bucket": bucket.bucket_name}
        self._multipart_bytes = multipart_bytes
        self._part_bytes = part_bytes
        self._translate_errors = S3Errors()

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
        with self._translate_errors(f"read {key}"):
            answer = self._client.get_object(**self._at, Key=key)
            with contextlib.closing(answer["Body"]) as body:
                yield from body.iter_chunks(BLOCK_BYTES)

    def path(self, key: str) -> Path:
        raise NotLocal(key)

    def remove(self, key: str) -> None:
        with self._translate_errors(f"remove {key}"):
            self._client.delete_object(**self._at, Key=key)

    def list_files(self, prefix: str) -> Iterator[StoredFile]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            **self._at, Prefix=f"{prefix}/"
        )
        with self._translate_errors(f"list {prefix}"):
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
            with self._translate_errors("check the bucket"):
                self._quick.head_bucket(**self._at)
        except (StorageFailed, FileNotFoundError):
            return "The object storage does not answer as it should."
        return ""

    @functools.cached_property
    def _quick(self) -> Any:
        return self._bucket.with_settings(client_config=QUICK).connection.meta.client

    def _put(self, staged: StagedFile, key: str, **condition: str) -> None:
        target = {**self._at, "Key": key, "ContentType": "application/octet-stream"}
        target["Metadata"] = {"sha256": staged.sha256}
        with self._translate_errors(f"put {key}"), _opened(staged) as file:
            if staged.size >= self._multipart_bytes:
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
            parts = [
                self._put_part(at, number, data)
                for number, data in enumerate(self._parts_of(file), start=1)
            ]
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

    def _parts_of(self, file: IO[bytes]) -> Iterator[bytes]:
        while data := file.read(self._part_bytes):
            yield data

    def _read_back(self, staged: StagedFile, key: str) -> None:
        digest, size = hashlib.sha256(), 0
        try:
            for block in self.read(key):
                digest.update(block)
                size += len(block)
        except FileNotFoundError as error:
            raise StorageFailed(f"{key} was stored and is missing") from error
        if (size, digest.hexdigest()) != (staged.size, staged.sha256):
            raise NameTaken(f"{key} holds other bytes than were sent")


def site_backend() -> BucketBackend:
    """The backend for ``settings.S3_BUCKET``."""
    bucket = SiteBucket()
    public = settings.S3_PUBLIC_URL or settings.S3_ENDPOINT_URL or None
    return BucketBackend(bucket, public=bucket.with_settings(endpoint_url=public))


@contextlib.contextmanager
def _opened(staged: StagedFile) -> Iterator[IO[bytes]]:
    try:
        with staged.path.open("rb") as file:
            yield file
    except OSError as error:
        raise StorageFailed(f"read a staged file: {error.strerror}") from error


def _in_base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode("ascii")
