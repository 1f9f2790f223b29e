"""Lasting files in S3-compatible storage."""

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

from submissions.storage.files import STEP, NameTaken, StorageFailed
from submissions.storage.s3 import QUICK, Asking, SiteBucket
from submissions.storage.staging import StagedFile
from submissions.storage.vault import Elsewhere, Stored

# From here on a file goes in parts, so that a broken line costs one of them.
MULTIPART_BYTES = 64 * 1024 * 1024
PART_BYTES = 16 * 1024 * 1024


class BucketVault:
    """Objects of one bucket, by their keys.

    What is kept is read back whole before anybody relies on it: a server may answer
    "stored" and have stored nothing, and the SHA-256 that it tells of an object in
    parts is not that of the file.
    """

    def __init__(
        self,
        bucket: SiteBucket,
        *,
        public: SiteBucket | None = None,
        multipart_bytes: int = MULTIPART_BYTES,
        part_bytes: int = PART_BYTES,
    ) -> None:
        """``public`` is the same bucket as browsers reach it."""
        self._bucket = bucket
        self._public = public or bucket
        self._client = bucket.connection.meta.client
        self._at = {"Bucket": bucket.bucket_name}
        self._multipart_bytes = multipart_bytes
        self._part_bytes = part_bytes
        self._asking = Asking()

    def keep(self, staged: StagedFile, place: str) -> None:
        # Without the staged file an earlier attempt has come as far as this.
        with contextlib.suppress(NameTaken):
            if staged.path.exists():
                self._put(staged, place, IfNoneMatch="*")
        self._read_back(staged, place)
        # A leftover copy in staging is harmless and swept later.
        with contextlib.suppress(OSError):
            staged.path.unlink()

    def save(self, staged: StagedFile, place: str) -> None:
        self._put(staged, place)
        with contextlib.suppress(OSError):
            staged.path.unlink()

    def read(self, place: str) -> Iterator[bytes]:
        with self._asking(f"read {place}"):
            answer = self._client.get_object(**self._at, Key=place)
            with contextlib.closing(answer["Body"]) as body:
                yield from body.iter_chunks(STEP)

    def path(self, place: str) -> Path:
        raise Elsewhere(place)

    def remove(self, place: str) -> None:
        with self._asking(f"remove {place}"):
            self._client.delete_object(**self._at, Key=place)

    def listed(self, shelf: str) -> Iterator[Stored]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            **self._at, Prefix=f"{shelf}/"
        )
        with self._asking(f"list {shelf}"):
            for page in pages:
                for entry in page.get("Contents", ()):
                    changed_at = entry["LastModified"].timestamp()
                    yield Stored(entry["Key"], entry["Size"], changed_at)

    def address(self, place: str, *, file_name: str) -> str:
        """Signed by ourselves, so no question; the browser will not open the file."""
        answer_as = {
            "ResponseContentType": "application/octet-stream",
            "ResponseContentDisposition": content_disposition_header(True, file_name),
            "ResponseCacheControl": "private, no-store",
        }
        return str(self._public.url(place, parameters=answer_as))

    def problem(self) -> str:
        try:
            with self._asking("ask for the bucket"):
                self._quick.head_bucket(**self._at)
        except (StorageFailed, FileNotFoundError):
            return "The object storage does not answer as it should."
        return ""

    # --- inside

    @functools.cached_property
    def _quick(self) -> Any:
        return self._bucket.alike(client_config=QUICK).connection.meta.client

    def _put(self, staged: StagedFile, place: str, **condition: str) -> None:
        told = {**self._at, "Key": place, "ContentType": "application/octet-stream"}
        told["Metadata"] = {"sha256": staged.sha256}
        with self._asking(f"put {place}"), _opened(staged) as file:
            if staged.size >= self._multipart_bytes:
                self._put_parts(file, told, condition)
            else:
                self._client.put_object(
                    **told,
                    **condition,
                    Body=file,
                    ContentLength=staged.size,
                    ChecksumSHA256=_in_base64(bytes.fromhex(staged.sha256)),
                )

    def _put_parts(
        self, file: IO[bytes], told: dict[str, Any], condition: dict[str, str]
    ) -> None:
        at = {**self._at, "Key": told["Key"]}
        begun = self._client.create_multipart_upload(**told, ChecksumAlgorithm="SHA256")
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
            # A rule of the bucket removes what cannot be removed now.
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

    def _read_back(self, staged: StagedFile, place: str) -> None:
        digest, size = hashlib.sha256(), 0
        try:
            for block in self.read(place):
                digest.update(block)
                size += len(block)
        except FileNotFoundError as error:
            raise StorageFailed(f"{place} was stored and is not there") from error
        if (size, digest.hexdigest()) != (staged.size, staged.sha256):
            raise NameTaken(f"{place} holds other bytes than were sent")


def site_vault() -> BucketVault:
    """The vault of ``settings.S3_BUCKET``."""
    bucket = SiteBucket()
    public = settings.S3_PUBLIC_URL or settings.S3_ENDPOINT_URL or None
    return BucketVault(bucket, public=bucket.alike(endpoint_url=public))


@contextlib.contextmanager
def _opened(staged: StagedFile) -> Iterator[IO[bytes]]:
    try:
        with staged.path.open("rb") as file:
            yield file
    except OSError as error:
        raise StorageFailed(f"read a staged file: {error.strerror}") from error


def _in_base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode("ascii")
