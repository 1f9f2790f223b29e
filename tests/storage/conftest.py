"""Stores of both kinds; the S3 server is shared by all tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mycenas.storage import Store
from mycenas.storage.bucket import BucketBackend
from tests.liar import Proxy
from tests.seaweed import (
    BUCKET,
    KEY,
    REGION,
    SECRET,
    Seaweed,
    client,
    running_seaweed,
)


@pytest.fixture(scope="session")
def seaweed() -> Iterator[Seaweed]:
    with running_seaweed() as server:
        yield server


@pytest.fixture(scope="session")
def inside(seaweed: Seaweed) -> Any:
    """A client that sees into the bucket; making one takes longer than most tests."""
    return client(seaweed.url)


@pytest.fixture
def bucket(seaweed, inside, settings):
    """The site's settings lead to an empty bucket; a client that sees into it."""
    settings.S3_BUCKET, settings.S3_REGION = BUCKET, REGION
    settings.S3_ENDPOINT_URL = seaweed.url
    settings.AWS_ACCESS_KEY_ID, settings.AWS_SECRET_ACCESS_KEY = KEY, SECRET
    empty(inside)
    return inside


def empty(inside) -> None:
    for page in inside.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for entry in page.get("Contents", ()):
            inside.delete_object(Bucket=BUCKET, Key=entry["Key"])


@pytest.fixture
def proxy(seaweed, bucket, settings) -> Iterator[Proxy]:
    """The site reaches its bucket through a proxy that can misbehave."""
    with Proxy(seaweed.url) as proxy:
        settings.S3_ENDPOINT_URL = proxy.url
        yield proxy


@pytest.fixture
def backend(bucket) -> BucketBackend:
    return BucketBackend()


@pytest.fixture(params=["disk", "bucket"])
def store(request, tmp_path) -> Store:
    """A fresh store, once of each kind."""
    if request.param == "disk":
        return Store(tmp_path)
    return Store(tmp_path, backend=request.getfixturevalue("backend"))
