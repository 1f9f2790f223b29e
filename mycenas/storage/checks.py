"""System checks of the storage settings."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

ADDRESSES = ("S3_ENDPOINT_URL", "S3_PUBLIC_URL")
BUCKET_MISSING = Error(
    "Object storage is described, but S3_BUCKET is not set: files would go to this "
    "machine's disk.",
    hint="Set S3_BUCKET, or remove S3_ENDPOINT_URL and S3_PUBLIC_URL.",
    id="mycenas.E004",
)
HALF_A_KEY = Error(
    "Only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set.",
    hint="Set both, or neither where the machine itself has a role.",
    id="mycenas.E005",
)
NOT_ENCRYPTED = checks.Warning(
    "Files travel to the object storage without encryption.",
    hint="Let S3_ENDPOINT_URL begin with https:// unless the network is yours alone.",
    id="mycenas.W007",
)


@register(Tags.files)
def object_storage_is_whole(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    addresses = {name: getattr(settings, name) for name in ADDRESSES}
    if not settings.S3_BUCKET:
        return [BUCKET_MISSING] if any(addresses.values()) else []
    if bool(settings.AWS_ACCESS_KEY_ID) != bool(settings.AWS_SECRET_ACCESS_KEY):
        found.append(HALF_A_KEY)
    return found + [
        Error(
            f"{name} is no address of a server: {value!r}",
            hint="It looks like https://storage.example.org.",
            id="mycenas.E006",
        )
        for name, value in addresses.items()
        if value and not _is_address(value)
    ]


@register(Tags.security, deploy=True)
def object_storage_is_encrypted(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    is_open = settings.S3_BUCKET and settings.S3_ENDPOINT_URL.startswith("http://")
    return [NOT_ENCRYPTED] if is_open else []


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname)
