"""Answers of an authenticator that is none: well formed outside, rubbish within."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from fido2 import cbor

from tests.accounts.people import PASSWORD, known_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_counted")]

ADD, USE = reverse("mfa_add_webauthn"), reverse("mfa_authenticate")
KEY = b"0123456789abcdef"
CURVE = {1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)}
NO_CURVE = {1: 99, 3: -99}
DEEP = b"\x81" * 3000 + b"\0"
PRESENT, WITH_KEY, WITH_EXTENSIONS = 0x05, 0x40, 0x80


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def told(
    flags: int, key: Mapping[int, object] | None = None, more: bytes = b""
) -> bytes:
    head = sha256(b"testserver").digest() + bytes([flags]) + bytes(4)
    if key is not None:
        head += bytes(16) + len(KEY).to_bytes(2, "big") + KEY + cbor.encode(key)
    return head + more


def made(said: bytes) -> bytes:
    return cbor.encode({"fmt": "none", "attStmt": {}, "authData": said})


def answer(client: Client, page: str, client_data: bytes = b"", **response: bytes):
    """Send the answer to the challenge of the page."""
    shown = unescape(client.get(page).content.decode())
    challenge = re.search(r'"challenge":\s*"([^"]+)"', shown)
    assert challenge, shown
    kind = "create" if page == ADD else "get"
    said = {"type": f"webauthn.{kind}", "challenge": challenge[1]}
    said["origin"] = "https://testserver"
    client_data = client_data or json.dumps(said).encode()
    sent = credential(clientDataJSON=client_data, **response)
    named = {"credential": json.dumps(sent), "name": "key", "passwordless": "on"}
    return client.post(page, named)


def credential(**response: bytes) -> dict[str, object]:
    """What a browser sends of a passkey, and what is stored of it."""
    return {
        "id": encoded(KEY),
        "rawId": encoded(KEY),
        "type": "public-key",
        "response": {name: encoded(data) for name, data in response.items()},
        "clientExtensionResults": {"credProps": {"rk": True}},
    }


@pytest.fixture
def person():
    return known_person()


@pytest.fixture
def client(person):
    client = Client()
    said = {"login": person.email, "password": PASSWORD}
    client.post(reverse("account_login"), said)
    client.post(reverse("account_reauthenticate"), said)
    return client


@pytest.mark.parametrize(
    ("client_data", "said"),
    [
        (b"[" * 5000, made(told(PRESENT))),
        (b"", b"\xa1\x1b\0"),
        (b"", DEEP),
        (b"", made(told(PRESENT))),
        (b"", made(told(PRESENT | WITH_KEY | WITH_EXTENSIONS, CURVE, DEEP))),
    ],
    ids=["deep JSON", "cut off", "deep CBOR", "no key", "deep extensions"],
)
def test_what_is_no_key_is_not_added(client, client_data, said):
    page = answer(client, ADD, client_data, attestationObject=said)
    assert page.status_code == 200
    assert "The passkey was not added" in page.content.decode()


def test_a_key_that_cannot_be_checked_proves_nothing(client, person):
    """Also the form that takes such answers without the password."""
    said = made(told(PRESENT | WITH_KEY, NO_CURVE))
    assert answer(client, ADD, attestationObject=said).status_code == 302
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    page = answer(client, USE, authenticatorData=told(PRESENT), signature=b"x")
    assert "This passkey is not one of your" in page.content.decode()
