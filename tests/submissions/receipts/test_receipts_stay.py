"""A receipt is signed once and stays as it is, whatever changes around it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from joserfc import jws
from joserfc.jwk import OKPKey

from mycenas.core import signing
from mycenas.core.models import ReceiptKey
from mycenas.core.signing import KeyLocked, OnlyEdDSA
from submissions.models import Receipt, Submission
from submissions.receipts.statement import TYPE, payload_of, sign, verify
from submissions.receipts.workflow import receipt_of
from tests.database.approle import as_the_site, connect
from tests.database.tools import raw, refusal, refused
from tests.factories import UserFactory, contest
from tests.submissions.receipts.conftest import entered, open_competition, ticket

pytestmark = pytest.mark.django_db


def fetched(client: Any, entry: Submission) -> str:
    address = reverse("submissions:receipt_jws", args=[entry.token])
    return str(client.get(address).content.decode())


def test_a_renamed_competition_changes_no_receipt(signed_in, settings):
    settings.BASE_URL = "https://art.example.org"
    competition = open_competition(title="Light", slug="light")
    first, later = (entered(competition, UserFactory()) for _ in range(2))
    before = fetched(signed_in(first.participant), first)
    competition.title, competition.slug = "Shadow", "shadow"
    competition.save()
    settings.BASE_URL = "https://elsewhere.example.org"
    assert fetched(signed_in(first.participant), first) == before
    # One that was acknowledged before and is signed afterwards says the same.
    text = fetched(signed_in(later.participant), later)
    for found in (verify(one, signing.published_keys()) for one in (before, text)):
        assert found.issuer == "https://art.example.org"
        assert (found.competition, found.competition_title) == ("light", "Light")


def test_the_first_receipt_stays_when_keys_are_rotated(entry, signed_in, settings):
    before = fetched(signed_in(entry.participant), entry)
    signing.rotate()
    settings.SECRET_KEY = "another one"
    assert receipt_of(entry) == before
    assert verify(before, signing.published_keys()).entry == entry.public_id
    with pytest.raises(KeyLocked):
        receipt_of(entered(entry.competition, UserFactory()))


def test_a_key_that_is_retired_meanwhile_signs_nothing(entry, monkeypatch):
    old = signing.signing_key()
    real, given = signing.signing_key, [old]
    signing.rotate()
    monkeypatch.setattr(
        signing, "signing_key", lambda: given.pop() if given else real()
    )
    assert (
        verify(receipt_of(entry), signing.published_keys()).kid == real().thumbprint()
    )
    assert given == []


def test_what_a_competition_is_called_is_taken_at_the_acknowledgment(entry):
    waiting = ticket(entry.competition, UserFactory())
    assert waiting.receipt_slug is None
    assert entry.receipt_slug == entry.competition.slug
    for column in ("receipt_issuer", "receipt_slug", "receipt_title"):
        sql = f"UPDATE submissions_submission SET {column} = 'x' WHERE id = %s"
        assert refused(sql, [entry.pk]) == "submission_facts_stay"


def test_a_sender_chooses_neither_name_nor_moment(entry):
    waiting = ticket(entry.competition, UserFactory())
    raw(
        "UPDATE submissions_submission SET state = 'received', original = token,"
        " size = 1, sha256 = repeat('a', 64), receipt_issuer = 'x', receipt_slug = 'x',"
        " receipt_title = 'x', received_at = '2026-01-01' WHERE id = %s",
        [waiting.pk],
    )
    waiting.refresh_from_db()
    assert waiting.receipt_slug == entry.competition.slug
    assert waiting.receipt_title == entry.competition.title
    assert waiting.received_at
    assert waiting.received_at > waiting.arrived_at


# --- stored once


def test_postgresql_keeps_receipts_as_they_are(entry):
    receipt_of(entry)
    rows = Receipt.objects.filter(submission=entry)
    other = entered(entry.competition, UserFactory())
    for change in ({"text": "x"}, {"kid": "x"}, {"submission": other}):
        with refusal("receipt_stays"):
            rows.update(**change)
    with refusal("receipt_stays"):
        rows.delete()
    with pytest.raises(IntegrityError, match="submission_id"), transaction.atomic():
        Receipt.objects.create(
            submission=entry, kid=rows.get().kid, text=rows.get().text
        )


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"competition": "another"},
        {"competition_title": "Another"},
        {"entry": "AAAAAAAAAAA"},
        {"token_sha256": "0" * 64},
        {"arrived_at": "2026-01-01T00:00:00+00:00"},
        {"received_at": "2026-01-01T00:00:00+00:00"},
        {"received_at": None},
        {"received_at": "soon"},
        {"iat": 1},
        {"size": 1},
        {"sha256": "0" * 64},
        {"title": "Dusk"},
    ],
)
def test_a_receipt_that_says_something_else_is_not_stored(entry, change):
    key = signing.signing_key()
    head = {"alg": "EdDSA", "kid": key.thumbprint(), "typ": TYPE}
    facts = json.dumps({**payload_of(entry), **change})
    text = jws.serialize_compact(head, facts, key, registry=OnlyEdDSA())
    with refusal("receipt_is_true"):
        Receipt.objects.create(submission=entry, kid=key.thumbprint(), text=text)


@pytest.mark.parametrize(
    "text", ["", "x", "a.b.c", "e30.e30.", "é.é.é", "....", "W10.W10.x"]
)
def test_what_is_no_receipt_is_not_stored(entry, text):
    kid = signing.signing_key().thumbprint()
    with refusal("receipt_is_true"):
        Receipt.objects.create(submission=entry, kid=kid, text=text)


def test_only_a_key_that_signs_now_makes_receipts(entry):
    old = signing.signing_key()
    signing.rotate()
    for key in (old, OKPKey.generate_key("Ed25519")):
        with refusal("receipt_signed_by_present_key"):
            Receipt.objects.create(
                submission=entry, kid=key.thumbprint(), text=sign(entry, key)
            )


def test_an_entry_without_a_file_has_no_receipt(entry):
    waiting = ticket(entry.competition, UserFactory())
    key = signing.signing_key()
    with refusal("receipt_is_true"):
        Receipt.objects.create(
            submission=waiting, kid=key.thumbprint(), text=sign(entry, key)
        )


# --- with real commits, as the site's role


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_get_one_receipt():
    entry = entered(open_competition(), UserFactory())
    signing.signing_key()

    def one(_: int) -> str:
        try:
            return receipt_of(Submission.objects.get(pk=entry.pk))
        finally:
            connection.close()

    with as_the_site(), ThreadPoolExecutor(4) as threads:
        found = set(threads.map(one, range(12)))
    assert found == {Receipt.objects.get(submission=entry).text}


@pytest.mark.django_db(transaction=True)
def test_the_site_neither_changes_nor_deletes_a_receipt():
    entry = entered(open_competition(), UserFactory())
    receipt_of(entry)
    with connect() as site:
        for harm in (
            "UPDATE submissions_receipt SET text = 'x'",
            "DELETE FROM submissions_receipt",
            "TRUNCATE submissions_receipt",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                site.execute(harm)


@pytest.mark.django_db(transaction=True)
def test_a_key_in_use_is_retired_afterwards():
    """Who signs holds the retirement off, and who comes after it is refused."""
    entry = entered(open_competition(), UserFactory())
    key = signing.signing_key()
    insert = (
        "INSERT INTO submissions_receipt (submission_id, kid, text) VALUES (%s, %s, %s)"
    )
    values = [entry.pk, key.thumbprint(), sign(entry, key)]
    retire = "UPDATE submissions_receiptkey SET retired_at = clock_timestamp()"
    with connect() as signer, connect() as operator:
        signer.execute("BEGIN")
        signer.execute(insert, values)
        operator.execute("SET lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            operator.execute(retire)
        signer.execute("ROLLBACK")
        operator.execute(retire)
        with pytest.raises(psycopg.errors.CheckViolation) as late:
            signer.execute(insert, values)
    assert late.value.diag.constraint_name == "receipt_signed_by_present_key"
    assert ReceiptKey.objects.get().retired_at is not None


def test_a_final_competition_still_gives_its_first_receipt():
    entry = contest("winner_announced").submissions.get()
    assert verify(receipt_of(entry), signing.published_keys()).entry == entry.public_id
