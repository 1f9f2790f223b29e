"""A bucket that is private, whole, and never believed."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse

from mycenas.storage import StorageFailed, Store
from mycenas.storage import bucket as bucket_module
from mycenas.storage import store as site_store
from mycenas.storage.bucket import CONFIG, BucketBackend
from submissions.models import Submission
from submissions.processing import workflow as processing
from submissions.review import workflow as review
from submissions.states import SubmissionState as S
from tests.factories import (
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    organizer_of,
)
from tests.forms import post_form
from tests.seaweed import BUCKET, running_seaweed
from tests.storage.test_both import DATA, DIGEST, FACTS, NAME, staged

pytestmark = pytest.mark.trial

MEBIBYTE = 1024 * 1024
KEY_OF_NAME = f"originals/{NAME}"
IMPATIENT = CONFIG.merge(Config(read_timeout=1, retries={"total_max_attempts": 1}))


@pytest.fixture
def hasty(proxy, tmp_path, monkeypatch) -> Store:
    """A store behind the proxy that does not wait long."""
    monkeypatch.setattr(bucket_module, "CONFIG", IMPATIENT)
    return Store(tmp_path, backend=BucketBackend())


def fetch(url: str):
    with urllib.request.urlopen(url) as answer:
        return answer.read(), answer.headers


# --- as it should be


def test_the_site_uses_the_bucket_that_is_named(bucket, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    site_store().keep(staged(site_store()), suffix="key")
    assert bucket.get_object(Bucket=BUCKET, Key=KEY_OF_NAME)["Body"].read() == DATA
    assert list(tmp_path.iterdir()) == [tmp_path / "staging"]
    assert site_store().problems() == []


def test_an_object_carries_its_sha256_and_belongs_to_nobody_else(
    bucket, backend, tmp_path
):
    store = Store(tmp_path, backend=backend)
    store.keep(staged(store), suffix="key")
    facts = bucket.head_object(Bucket=BUCKET, Key=KEY_OF_NAME, ChecksumMode="ENABLED")
    digest = base64.b64encode(bytes.fromhex(DIGEST)).decode()
    assert facts["ChecksumSHA256"] == digest
    assert facts["Metadata"] == {"sha256": DIGEST}
    with pytest.raises(urllib.error.HTTPError) as refusal:
        fetch(f"{bucket.meta.endpoint_url}/{BUCKET}/{KEY_OF_NAME}")
    assert refusal.value.code == 403
    refusal.value.close()


def test_a_signed_address_is_short_and_gives_a_download(bucket, backend, tmp_path):
    store = Store(tmp_path, backend=backend)
    name = store.keep(staged(store), suffix="key")
    address = store.original_url(name, file_name='dusk".jpeg')
    assert parse_qs(urlsplit(address).query)["X-Amz-Expires"] == ["60"]
    data, headers = fetch(address)
    assert data == DATA
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"] == 'attachment; filename="dusk\\".jpeg"'
    with pytest.raises(urllib.error.HTTPError) as refusal:
        fetch(address.replace(name, name.replace("-key", "-yek")))
    assert refusal.value.code == 403
    refusal.value.close()


def test_signed_addresses_name_the_server_that_browsers_reach(bucket, settings):
    settings.S3_PUBLIC_URL = "https://files.example.org"
    address = BucketBackend().url(KEY_OF_NAME, file_name="dusk.jpeg")
    assert address.startswith(f"https://files.example.org/{BUCKET}/{KEY_OF_NAME}?")


def test_a_large_file_goes_in_parts_and_is_read_back_whole(
    bucket, backend, tmp_path, monkeypatch
):
    monkeypatch.setattr(bucket_module, "MULTIPART_BYTES", 6 * MEBIBYTE)
    monkeypatch.setattr(bucket_module, "PART_BYTES", 5 * MEBIBYTE)
    store = Store(tmp_path, backend=backend)
    data = os.urandom(11 * MEBIBYTE)
    digest = hashlib.sha256(data).hexdigest()
    name = store.keep(staged(store, data), suffix="key")
    assert store.verify(name, sha256=digest, size=len(data))
    key = f"originals/{name}"
    facts = bucket.head_object(Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")
    # The store's own sum is one of sums, so it proves nothing; ours is beside it.
    assert facts["ChecksumSHA256"].endswith("-3")
    assert facts["Metadata"] == {"sha256": digest}
    assert store.keep(staged(store, data), suffix="key") == name
    # A second upload that came too late is taken back.
    begun = bucket.list_multipart_uploads(Bucket=BUCKET).get("Uploads", ())
    assert key not in {upload["Key"] for upload in begun}


def test_the_server_itself_overwrites_nothing(bucket, backend, tmp_path):
    """What our promise rests on; a server without it is found out by reading back."""
    store = Store(tmp_path, backend=backend)
    store.keep(staged(store), suffix="key")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        bucket.put_object(Bucket=BUCKET, Key=KEY_OF_NAME, Body=b"x", IfNoneMatch="*")


@pytest.mark.django_db(transaction=True)
def test_no_transaction_waits_for_the_store(backend, tmp_path):
    store = Store(tmp_path, backend=backend)
    store.keep(staged(store), suffix="key")
    with (
        transaction.atomic(),
        pytest.raises(RuntimeError, match="inside a transaction"),
    ):
        store.facts_of(NAME)


# --- as it must not be


@pytest.mark.parametrize("mood", ["full", "forgets", "flips", "cuts", "deaf"])
def test_no_lie_is_believed_and_the_retry_works(proxy, hasty, mood, tmp_path):
    file = staged(hasty)
    proxy.mood = mood
    with pytest.raises(StorageFailed) as failure:
        hasty.keep(file, suffix="key")
    assert failure.value.full is (mood == "full")
    # The bytes are still ours, and the next process finds a store that has healed.
    assert file.path.read_bytes() == DATA
    proxy.mood = "honest"
    again = Store(tmp_path, backend=BucketBackend())
    name = again.keep(staged(again), suffix="key")
    assert name.startswith(NAME)
    proxy.flipped.clear()
    assert again.verify(name, **FACTS)


def test_a_silent_store_keeps_nobody_waiting_twice(proxy, hasty):
    proxy.mood = "deaf"
    with pytest.raises(StorageFailed):
        hasty.facts_of(NAME)
    asked = len(proxy.asked)
    with pytest.raises(StorageFailed, match="timed out just now"):
        hasty.facts_of(NAME)
    assert len(proxy.asked) == asked
    assert hasty.problems() == ["The object storage does not answer as it should."]


def test_what_is_cut_off_is_no_proof_of_damage(proxy, hasty):
    """Only a store that gives other bytes, or says that it has none, is believed."""
    name = hasty.keep(staged(hasty), suffix="key")
    proxy.mood = "cuts"
    with pytest.raises(StorageFailed):
        hasty.verify(name, **FACTS)
    with pytest.raises(StorageFailed), hasty.local_copy(name, **FACTS):
        pass
    assert hasty.stale_staging(-1) == []


def test_foreign_keys_and_foreign_buckets_are_refused(bucket, settings, tmp_path):
    store = Store(tmp_path, backend=BucketBackend())
    name = store.keep(staged(store), suffix="key")
    for change in ({"AWS_SECRET_ACCESS_KEY": "stolen"}, {"S3_BUCKET": "elsewhere"}):
        for setting, value in change.items():
            setattr(settings, setting, value)
        foreign = Store(tmp_path, backend=BucketBackend())
        with pytest.raises(StorageFailed):
            foreign.keep(staged(foreign, b"new"), suffix="key")
        # A bucket that is not there does not mean that its files are gone.
        with pytest.raises(StorageFailed):
            foreign.verify(name, **FACTS)
        assert foreign.problems() != []


def test_a_halted_server_and_a_part_that_fails(seaweed, bucket, tmp_path, monkeypatch):
    monkeypatch.setattr(bucket_module, "CONFIG", IMPATIENT)
    monkeypatch.setattr(bucket_module, "MULTIPART_BYTES", 1)
    store = Store(tmp_path, backend=BucketBackend())
    file = staged(store)
    with seaweed.halted(), pytest.raises(StorageFailed):
        store.keep(file, suffix="key")
    again = Store(tmp_path, backend=BucketBackend())
    assert again.keep(file, suffix="key") == NAME


def test_a_killed_server_keeps_what_was_acknowledged(settings, bucket, tmp_path):
    with running_seaweed() as own:
        settings.S3_ENDPOINT_URL = own.url
        store = Store(tmp_path, backend=BucketBackend())
        name = store.keep(staged(store), suffix="key")
        own.kill()
        file = staged(store, b"later")
        with pytest.raises(StorageFailed):
            store.keep(file, suffix="key")
        assert store.problems() != []
        own.start()
        settings.S3_ENDPOINT_URL = own.url
        healed = Store(tmp_path, backend=BucketBackend())
        assert healed.verify(name, **FACTS)
        assert healed.facts_of(healed.keep(file, suffix="key"))


# --- what people see of it


@pytest.fixture
def site(settings, tmp_path, proxy):
    """The site on a disk of its own and behind the proxy."""
    settings.DATA_DIR = tmp_path
    return proxy


FORM = {"title": "Dusk", "accept_rules": "on", "idempotency_key": "key-of-ada-1"}
JSON = {"accept": "application/json"}


def send(client, competition, data: bytes, **extra):
    return post_form(client, competition, FORM, staged(site_store(), data), **extra)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("fresh_cache")
@pytest.mark.parametrize("mood", ["full", "forgets", "flips"])
def test_nothing_is_acknowledged_that_is_not_there(site, signed_in, jpeg, mood):
    competition = CompetitionFactory(state="open")
    ada = signed_in(UserFactory())
    site.mood = mood
    answer = send(ada, competition, jpeg, headers=JSON)
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:mycenas:problem:storage_unavailable"
    assert "Your arrival is recorded" in answer.json()["detail"]
    assert answer["Retry-After"] == "30"
    page = send(ada, competition, jpeg)
    assert (page.status_code, "why=storage_unavailable" in page["Location"]) == (
        303,
        True,
    )
    ticket = Submission.objects.get()
    assert (ticket.state, ticket.received_at) == (S.RESERVED, None)
    # The form has the words, and the same key brings the same ticket in.
    form = ada.get(reverse("submissions:enter", args=[competition.slug]))
    assert form.context["form"]["title"].value() == "Dusk"
    site.mood = "honest"
    told = send(ada, competition, jpeg, headers=JSON)
    assert (told.status_code, told.json()["token"]) == (202, ticket.token)
    ticket.refresh_from_db()
    site.flipped.clear()
    assert site_store().verify(
        ticket.original or "", sha256=hashlib.sha256(jpeg).hexdigest(), size=len(jpeg)
    )


@pytest.mark.django_db(transaction=True)
def test_pictures_come_from_the_bucket_with_the_same_headers(
    site, signed_in, client, jpeg
):
    entry = SubmissionFactory(state=S.RECEIVED, data=jpeg)
    assert processing.process(entry.pk)
    entry.refresh_from_db()
    assert entry.state == S.PENDING
    assert site_store().stale_staging(-1) == []
    review.approve(entry, by=organizer_of(entry), is_final=True)
    answer = client.get(entry.rendition(320).url)
    picture = b"".join(answer.streaming_content)
    assert picture[8:12] == b"WEBP"
    assert answer["Content-Type"] == "image/webp"
    assert int(answer["Content-Length"]) == len(picture)
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"].startswith("public")
    site.mood = "cuts"
    answer = client.get(entry.rendition(320).url)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")


@pytest.mark.django_db(transaction=True)
def test_a_store_that_fails_counts_no_strike(site, jpeg):
    entry = SubmissionFactory(state=S.RECEIVED, data=jpeg)
    site.mood = "cuts"
    assert processing.process(entry.pk)
    entry.refresh_from_db()
    assert (entry.state, entry.strikes) == (S.RECEIVED, 0)
    assert entry.next_attempt_at is not None


@pytest.mark.django_db(transaction=True)
def test_those_who_decide_get_a_short_address_to_the_original(site, signed_in, jpeg):
    entry = SubmissionFactory(state=S.RECEIVED, data=jpeg)
    address = reverse("submissions:original", args=[entry.public_id])
    for stranger in (entry.participant, UserFactory()):
        assert signed_in(stranger).get(address).status_code == 404
    answer = signed_in(organizer_of(entry)).get(address)
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (302, True)
    data, headers = fetch(answer["Location"])
    assert data == jpeg
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.django_db(transaction=True)
def test_the_audit_reads_the_bucket_and_readiness_tells_it_is_gone(
    site, bucket, client, jpeg, tmp_path
):
    sound, harmed = (SubmissionFactory(state=S.RECEIVED, data=jpeg) for _ in range(2))
    orphan = site_store().keep(staged(site_store()), suffix="x" * 11)
    out = io.StringIO()
    call_command("audit_storage", "--json", "--older-than=0", stdout=out)
    told = json.loads(out.getvalue())
    assert (told["checked"], told["damaged"]) == (2, [])
    assert [one["original"] for one in told["orphans"]] == [orphan]
    key = f"originals/{harmed.original}"
    bucket.put_object(Bucket=BUCKET, Key=key, Body=jpeg[:-1] + b"x")
    with pytest.raises(CommandError, match=f"entries {harmed.pk}\\.") as failure:
        call_command("audit_storage", "--json", stdout=io.StringIO())
    assert failure.value.returncode == 1
    assert client.get("/healthz/ready").status_code == 200
    site.target = "127.0.0.1:9"
    answer = client.get("/healthz/ready")
    assert answer.status_code == 503
    assert answer.json()["problems"] == [
        "The object storage does not answer as it should."
    ]
    with pytest.raises(CommandError) as failure:
        call_command("audit_storage", stdout=io.StringIO())
    assert failure.value.returncode == 2
    assert sound.original != harmed.original


# --- operators' mistakes


OURS = {f"mycenas.{code}" for code in ("E004", "E005", "E006", "W007")}


def found(**options) -> set[str]:
    messages = run_checks(**options)
    return {message.id for message in messages if message.id in OURS}


@pytest.mark.django_db
def test_a_whole_description_is_in_order(bucket):
    assert found() == set()
    assert found(include_deployment_checks=True) == {"mycenas.W007"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"S3_BUCKET": ""}, "mycenas.E004"),
        ({"AWS_SECRET_ACCESS_KEY": ""}, "mycenas.E005"),
        ({"AWS_ACCESS_KEY_ID": ""}, "mycenas.E005"),
        ({"S3_ENDPOINT_URL": "storage:8333"}, "mycenas.E006"),
        ({"S3_PUBLIC_URL": "files.example.org"}, "mycenas.E006"),
    ],
)
def test_half_a_description_is_an_error(bucket, settings, changes, code):
    for name, value in changes.items():
        setattr(settings, name, value)
    assert found() == {code}
