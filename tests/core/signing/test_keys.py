"""Keys that sign receipts: one at a time, made once, published for good."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from joserfc.jwk import OKPKey

from mycenas.core import signing
from mycenas.core.models import ReceiptKey
from mycenas.core.signing import InvalidJWS, KeyLocked, sign, verify
from tests.database.tools import drop_guard, refusal

pytestmark = pytest.mark.django_db

# Announces itself, waits for the start, and says which key it signs with.
RIVAL = """
import sys
import django
from django.db import connection
django.setup()
connection.settings_dict["NAME"] = sys.argv[1]
connection.ensure_connection()
from mycenas.core.signing import signing_key
print("ready", flush=True)
sys.stdin.readline()
print(signing_key().thumbprint(), flush=True)
"""


def test_the_first_use_makes_one_key():
    assert signing.signing_key().thumbprint() == signing.signing_key().thumbprint()
    assert ReceiptKey.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_processes_that_begin_at_once_make_one_key():
    name = connection.settings_dict["NAME"]
    rivals: list[Any] = [
        subprocess.Popen(
            [sys.executable, "-c", RIVAL, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    assert [rival.stdout.readline() for rival in rivals] == ["ready\n"] * 3
    for rival in rivals:
        rival.stdin.write("go\n")
        rival.stdin.flush()
    found = [rival.communicate()[0].strip() for rival in rivals]
    assert {*found} == {ReceiptKey.objects.get().kid}
    assert [rival.returncode for rival in rivals] == [0, 0, 0]


def test_the_secret_is_not_stored_in_the_clear():
    secret = str(signing.signing_key().as_dict(private=True)["d"])
    row = ReceiptKey.objects.get()
    assert "d" not in row.public
    assert secret not in row.private
    assert row.private.count(".") == 4


def test_another_secret_key_signs_nothing_but_still_publishes(settings):
    kid = signing.signing_key().thumbprint()
    settings.SECRET_KEY = "another one"
    with pytest.raises(KeyLocked):
        signing.signing_key()
    assert [key.thumbprint() for key in signing.published_keys()] == [kid]
    signing.rotate()
    assert signing.signing_key().thumbprint() != kid


def test_a_rotated_key_still_verifies_and_the_new_one_signs(capsys):
    before = sign({"size": 1}, signing.signing_key(), typ="test")
    call_command("rotate_receipt_key")
    after = sign({"size": 1}, signing.signing_key(), typ="test")
    known = signing.published_keys()
    first, second = (verify(text, known, typ="test") for text in (before, after))
    assert first.kid != second.kid
    assert second.kid in capsys.readouterr().out
    assert first.payload == second.payload
    assert ReceiptKey.objects.filter(retired_at=None).get().kid == second.kid


def test_published_keys_are_public_and_cacheable(client):
    signing.signing_key()
    signing.rotate()
    answer = client.get(reverse("submissions:jwks"))
    assert answer["Content-Type"] == "application/jwk-set+json"
    assert "public" in answer["Cache-Control"]
    assert "max-age=300" in answer["Cache-Control"]
    published = json.loads(answer.content)["keys"]
    assert len(published) == 2
    for key in published:
        assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}


@pytest.mark.parametrize("public", [{}, [], 5, "x", {"kty": "OKP", "crv": "Ed25519"}])
def test_a_row_without_a_key_hides_no_other(client, caplog, public):
    text = sign({"size": 1}, signing.signing_key(), typ="test")
    drop_guard("receipt_key_begins_active")
    ReceiptKey.objects.create(
        kid="none", public=public, private="x", retired_at=timezone.now()
    )
    answer = client.get(reverse("submissions:jwks"))
    assert len(json.loads(answer.content)["keys"]) == 1
    assert verify(text, signing.published_keys(), typ="test")
    assert "receipt key none cannot be read" in caplog.text


@pytest.mark.parametrize(
    ("act", "guard"),
    [
        (lambda rows: rows.delete(), "receipt_key_stays"),
        (lambda rows: rows.update(kid="other"), "receipt_key_retires_once"),
        (lambda rows: rows.update(public={}), "receipt_key_retires_once"),
        (lambda rows: rows.update(private="x"), "receipt_key_retires_once"),
        (lambda rows: rows.update(retired_at=None), "receipt_key_retires_once"),
    ],
)
def test_postgresql_keeps_keys_as_they_are(act, guard):
    signing.signing_key()
    old = ReceiptKey.objects.get()
    signing.rotate()
    with pytest.raises(IntegrityError, match=guard), transaction.atomic():
        act(ReceiptKey.objects.filter(pk=old.pk))


def test_two_keys_cannot_sign_at_once():
    signing.signing_key()
    with refusal("receipt_key_signs_alone"):
        begin()


def begin(key: OKPKey | None = None, **changed: Any) -> ReceiptKey:
    """Store a key as the site does, with some columns changed."""
    key = key or OKPKey.generate_key("Ed25519", signing.USE, auto_kid=True)
    columns = {
        "kid": key.thumbprint(),
        "public": key.as_dict(private=False),
        "private": "a..b.c.d",
        **changed,
    }
    return ReceiptKey.objects.create(**columns)


def odd_columns() -> dict[str, dict[str, Any]]:
    key = OKPKey.generate_key("Ed25519", signing.USE, auto_kid=True)
    public = key.as_dict(private=False)
    short = {name: value for name, value in public.items() if name != "use"}
    return {
        "retired": {"retired_at": timezone.now()},
        "another thumbprint": {"kid": "x" * 43},
        "of another key": {"kid": key.thumbprint()},
        "no key": {"public": {}},
        "a list": {"public": [public]},
        "null": {"public": None},
        "more than a key": {"kid": key.thumbprint(), "public": {**public, "d": "x"}},
        "less than a key": {"kid": key.thumbprint(), "public": short},
        "another use": {"kid": key.thumbprint(), "public": {**public, "use": "enc"}},
        "no secret": {"private": "x"},
        "a long secret": {"private": "a..b.c." + "d" * 2000},
    }


@pytest.mark.parametrize("case", odd_columns())
def test_a_key_begins_active_and_in_one_form(case):
    with refusal("receipt_key_begins_active"):
        begin(**odd_columns()[case])
    assert begin().retired_at is None


def test_of_an_odd_point_no_key_is_made():
    key = OKPKey.generate_key("Ed25519", signing.USE, auto_kid=True)
    public = key.as_dict(private=False)
    for point in ("", "A" * 42, "A" * 42 + "B", "ü" * 43, '"},"' + "A" * 39, 5, None):
        with refusal("receipt_key_begins_active"):
            begin(public={**public, "x": point})


def test_a_retired_key_that_is_not_its_row_s_verifies_nothing(caplog):
    foreign = OKPKey.generate_key("Ed25519", signing.USE, auto_kid=True)
    text = sign({"size": 1}, foreign, typ="test")
    drop_guard("receipt_key_begins_active")
    begin(foreign, kid="another", retired_at=timezone.now())
    with pytest.raises(InvalidJWS):
        verify(text, signing.published_keys(), typ="test")
    assert "receipt key another cannot be read" in caplog.text


@pytest.mark.parametrize("private", ["", "x", "a..b.c.d", "é", "....", None])
def test_a_current_row_without_its_secret_signs_nothing(private, client):
    made = signing.signing_key()
    signing.rotate()
    row = ReceiptKey.objects.get(retired_at=None)
    old = ReceiptKey.objects.get(kid=made.thumbprint())
    drop_guard("receipt_key_retires_once")
    # Without a text of its own: the secret of another key.
    text = old.private if private is None else private
    ReceiptKey.objects.filter(pk=row.pk).update(private=text)
    with pytest.raises(KeyLocked):
        signing.signing_key()
    assert client.get(reverse("submissions:jwks")).status_code == 200
    new = signing.rotate()
    assert signing.signing_key().thumbprint() == new.kid
