"""A signed receipt proves what was acknowledged, and nothing but that."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from django.urls import reverse
from joserfc import jws
from joserfc.jwk import KeySet, OKPKey

from mycenas.core import signing
from mycenas.core.signing import OnlyEdDSA
from submissions.receipts.statement import (
    TYPE,
    NotProven,
    payload_of,
    sign,
    verify,
)
from tests.factories import UserFactory, moderator_of
from tests.submissions.receipts.conftest import entered, open_competition, ticket

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.django_db

NODE = """
import {createLocalJWKSet, compactVerify} from "jose";
let text = "";
for await (const part of process.stdin) text += part;
const {receipt, jwks} = JSON.parse(text);
const found = await compactVerify(receipt, createLocalJWKSet(jwks));
const facts = JSON.parse(new TextDecoder().decode(found.payload));
console.log(JSON.stringify({header: found.protectedHeader, facts}));
"""


def address(entry) -> str:
    return reverse("submissions:receipt_jws", args=[entry.token])


def segment(value: object) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def refused(text: str) -> str:
    with pytest.raises(NotProven) as caught:
        verify(text, signing.published_keys())
    return str(caught.value)


def test_the_receipt_says_what_was_acknowledged(db, signed_in, settings):
    settings.BASE_URL = "https://art.example.org"
    entry = entered(open_competition(), UserFactory())
    answer = signed_in(entry.participant).get(address(entry))
    assert answer["Content-Type"] == "application/jose"
    name = f'attachment; filename="receipt-{entry.public_id}.jws"'
    assert answer["Content-Disposition"] == name
    found = verify(answer.content.decode(), signing.published_keys())
    assert found.issuer == "https://art.example.org"
    assert found.competition == entry.competition.slug
    assert found.competition_title == entry.competition.title
    assert (found.entry, found.title) == (entry.public_id, None)
    assert found.token_sha256 == hashlib.sha256(entry.token.encode()).hexdigest()
    assert (found.arrived_at, found.received_at) == (
        entry.arrived_at,
        entry.received_at,
    )
    assert (found.size, found.sha256) == (entry.size, entry.sha256)


def test_the_same_entry_gives_the_same_receipt(entry, signed_in):
    client = signed_in(entry.participant)
    first, second = (client.get(address(entry)).content for _ in range(2))
    assert first == second
    assert payload_of(entry)["iat"] == int(entry.received_at.timestamp())


def test_neither_token_nor_artist_nor_their_words_are_told(db):
    entry = entered(open_competition(), UserFactory(), title="Φῶς “夜” 🜚")
    facts = json.dumps(payload_of(entry))
    text = sign(entry, signing.signing_key())
    header, payload, _ = (
        base64.urlsafe_b64decode(part + "==").decode("utf-8", errors="replace")
        for part in text.split(".")
    )
    artist = entry.participant
    for secret in (entry.token, artist.email, artist.name, entry.title, "dusk.jpg"):
        assert secret not in facts + header + payload


def test_everybody_with_the_address_gets_the_same_and_only_with_a_file(
    entry, signed_in, client
):
    people = (entry.participant, moderator_of(entry.competition), UserFactory())
    found = [signed_in(one).get(address(entry)).content for one in people]
    assert {client.get(address(entry)).content, *found} == {found[0]}
    waiting = ticket(entry.competition, entry.participant)
    for visitor in (client, signed_in(entry.participant)):
        assert visitor.get(address(waiting)).status_code == 404


def test_one_changed_byte_fails(entry):
    text = sign(entry, signing.signing_key())
    known = signing.published_keys()
    verify(text, known)
    for place in range(len(text)):
        for other in ("A" if text[place] != "A" else "B", ""):
            with pytest.raises(NotProven):
                verify(text[:place] + other + text[place + 1 :], known)


def test_line_breaks_of_a_mail_do_no_harm(entry):
    text = sign(entry, signing.signing_key())
    broken = "\n".join(text[at : at + 70] for at in range(0, len(text), 70)) + "\r\n"
    assert verify(broken, signing.published_keys()).entry == entry.public_id


def test_a_key_of_somebody_else_is_unknown(entry):
    signing.signing_key()
    stranger = OKPKey.generate_key("Ed25519")
    assert "never published" in refused(sign(entry, stranger))
    # The header may name our key; the signature is still a stranger's.
    head = {"alg": "EdDSA", "kid": signing.signing_key().thumbprint(), "typ": TYPE}
    _, payload, signature = sign(entry, stranger).split(".")
    assert "changed" in refused(f"{segment(head)}.{payload}.{signature}")


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES256", "Ed25519", "", None])
def test_no_other_algorithm_is_let_in(entry, algorithm):
    key = signing.signing_key()
    payload = sign(entry, key).split(".")[1]
    head = segment({"alg": algorithm, "kid": key.thumbprint(), "typ": TYPE})
    # The public key, which everybody has, taken for the secret of an HMAC.
    for secret in (
        base64.urlsafe_b64decode(str(key.as_dict(private=False)["x"]) + "="),
        key.as_pem(private=False),
        json.dumps(key.as_dict(private=False)).encode(),
    ):
        signature = hmac.digest(secret, f"{head}.{payload}".encode(), "sha256")
        refused(f"{head}.{payload}.{segment(signature)}")
    refused(f"{head}.{payload}.")


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "a.b.c", "eyJ9.e30.e30", "{}", "x" * 17000, "é.é.é", "[].[]"],
)
def test_anything_else_is_not_a_receipt(text):
    assert refused(text)


@pytest.mark.parametrize("facts", [[], {}, "x", {"iss": 1}, None])
def test_what_our_key_signed_for_another_purpose_is_no_receipt(facts):
    key = signing.signing_key()
    for kind in (TYPE, "JWT"):
        head = {"alg": "EdDSA", "kid": key.thumbprint(), "typ": kind}
        text = jws.serialize_compact(head, json.dumps(facts), key, registry=OnlyEdDSA())
        assert "not a signed receipt" in refused(text)


def test_no_key_at_all_verifies_nothing(entry):
    with pytest.raises(NotProven):
        verify(sign(entry, signing.signing_key()), KeySet([]))


def test_titles_of_any_script_survive(db):
    entry = entered(open_competition(title="Φῶς “夜” 🜚"), UserFactory())
    found = verify(sign(entry, signing.signing_key()), signing.published_keys())
    assert found.competition_title == "Φῶς “夜” 🜚"


def test_a_receipt_of_the_time_when_they_named_the_work_verifies(entry):
    key = signing.signing_key()
    facts = json.dumps({**payload_of(entry), "title": "Dusk"})
    head = {"alg": "EdDSA", "kid": key.thumbprint(), "typ": TYPE}
    text = jws.serialize_compact(head, facts, key, registry=OnlyEdDSA())
    assert verify(text, signing.published_keys()).title == "Dusk"


def test_a_library_that_is_not_ours_verifies_it(entry, client):
    node = shutil.which("node")
    if not node or not (ROOT / "node_modules" / "jose").is_dir():
        pytest.skip("needs Node and its package jose; .ci/run installs it")
    answer = client.get(reverse("submissions:jwks"))
    receipt = sign(entry, signing.signing_key())
    done = subprocess.run(
        [node, "--input-type=module", "-e", NODE],
        input=json.dumps({"receipt": receipt, "jwks": answer.json()}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["header"]["typ"] == TYPE
    assert found["facts"] == payload_of(entry)
