"""A competition from its first entry to its winner, with every file in a bucket."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.camera import photograph
from tests.journeys.client import JSON, Participant
from tests.journeys.people import People, settle
from tests.journeys.stack import Stack, running_stack
from tests.seaweed import (
    BUCKET,
    KEY,
    SECRET,
    Seaweed,
    client,
    running_seaweed,
)

pytestmark = [pytest.mark.stack, pytest.mark.trial]


def photo() -> bytes:
    return photograph(9, size=(640, 480))


@pytest.fixture(scope="module")
def seaweed() -> Iterator[Seaweed]:
    with running_seaweed() as server:
        yield server


@pytest.fixture(scope="module")
def stack(seaweed: Seaweed) -> Iterator[Stack]:
    with running_stack(
        S3_BUCKET=BUCKET,
        S3_ENDPOINT_URL=seaweed.url,
        AWS_ACCESS_KEY_ID=KEY,
        AWS_SECRET_ACCESS_KEY=SECRET,
    ) as stack:
        yield stack


@pytest.fixture(scope="module")
def people(stack: Stack) -> People:
    return settle(stack)


@pytest.fixture(scope="module")
def artist(stack: Stack, people: People) -> Iterator[Participant]:
    participant = Participant(stack, people.next_guest())
    yield participant
    participant.client.close()


def keys(seaweed: Seaweed, shelf: str) -> set[str]:
    found = client(seaweed.url).list_objects_v2(Bucket=BUCKET, Prefix=f"{shelf}/")
    return {entry["Key"] for entry in found.get("Contents", ())}


def test_from_the_form_to_the_winner(stack, seaweed, artist):
    token = artist.token("decided", photo(), category="rooms")
    query = "SELECT original, public_id FROM submissions_submission WHERE token = %s"
    ((name, public_id),) = stack.sql(query, token)
    original = client(seaweed.url).get_object(Bucket=BUCKET, Key=f"originals/{name}")
    assert original["Body"].read() == photo()
    assert artist.checked(token)["state"] == "pending"
    pictures = keys(seaweed, f"renditions/{public_id[:2]}")
    assert len([key for key in pictures if public_id in key]) == 3
    page = stack.seed("decide", "decided", token)["entry"]
    with httpx.Client(base_url=stack.base_url) as visitor:
        picture = visitor.get(f"{page}320.webp").raise_for_status()
        assert picture.content[8:12] == b"WEBP"
        assert (
            picture.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        )
        assert visitor.get("/healthz/ready").status_code == 200
    # Nothing that lasts is on the machine itself.
    folders = {path.name for path in stack.data_dir.iterdir()}
    assert not {"originals", "renditions", "creatives", "covers"} & folders
    assert list((stack.data_dir / "staging").iterdir()) == []


def test_while_the_storage_is_gone_nothing_is_acknowledged(stack, seaweed, artist):
    key = secrets.token_hex(16)
    seaweed.kill()
    try:
        refused = artist.enter("wide-open", photo(), idempotency_key=key)
        ready = artist.client.get("/healthz/ready")
    finally:
        seaweed.start()
    assert refused.status_code == 503
    assert refused.json()["type"] == "urn:mycenas:problem:storage_unavailable"
    assert refused.headers["Retry-After"] == "30"
    assert ready.status_code == 503
    form = artist.client.get(
        "/competitions/wide-open/enter/", headers={"Accept": "*/*"}
    )
    assert key in form.text
    again = artist.enter("wide-open", photo(), idempotency_key=key)
    assert again.status_code == 202, again.text
    assert artist.checked(again.json()["token"])["state"] == "pending"
    assert artist.client.get("/healthz/ready", headers=JSON).status_code == 200
    answer = stack.run(sys.executable, "manage.py", "audit_storage", "--json")
    assert answer.returncode == 0, answer.stderr
