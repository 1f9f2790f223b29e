"""The public check: what it says of a receipt, on the page and on the terminal."""

from __future__ import annotations

import json
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from mycenas.core import signing
from submissions.receipts.statement import MAX_BYTES, sign
from tests.factories import UserFactory
from tests.submissions.receipts.conftest import entered, open_competition

pytestmark = pytest.mark.django_db

PICTURE = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture
def proof(tmp_path):
    """A receipt, the picture it proves, and the site's keys, as files."""
    entry = entered(open_competition(), UserFactory(), data=PICTURE)
    paths = {name: tmp_path / name for name in ("receipt.jws", "jwks.json", "a.jpg")}
    paths["receipt.jws"].write_text(sign(entry, signing.signing_key()))
    published = signing.published_keys().as_dict(private=False)
    paths["jwks.json"].write_text(json.dumps(published))
    paths["a.jpg"].write_bytes(PICTURE)
    return SimpleNamespace(
        entry=entry,
        receipt=paths["receipt.jws"],
        jwks=paths["jwks.json"],
        picture=paths["a.jpg"],
    )


def posted(client: Client, **data):
    return client.post(reverse("submissions:verify"), data)


def run(*arguments) -> tuple[int, str]:
    """Exit code, and everything that was said."""
    out = StringIO()
    try:
        call_command("verify_receipt", *map(str, arguments), stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue() + str(error)
    return 0, out.getvalue()


def test_the_page_is_for_everybody_and_in_the_footer(client):
    page = client.get(reverse("submissions:verify"))
    assert page.status_code == 200
    assert "Check a receipt" in page.content.decode()
    assert 'href="/verify/"' in client.get("/").content.decode()


@pytest.mark.parametrize("way", ["pasted", "uploaded"])
def test_a_genuine_receipt_is_told_in_words(proof, client, way):
    data = proof.receipt.read_bytes()
    if way == "pasted":
        page = posted(client, receipt=f"\n {data.decode()} \n")
    else:
        page = posted(client, receipt_file=SimpleUploadedFile("receipt.jws", data))
    text = page.content.decode()
    assert "This receipt is valid." in text
    for told in (proof.entry.sha256, proof.entry.public_id):
        assert told in text
    assert proof.entry.token not in text
    for command in ("sha256sum", "shasum -a 256", "Get-FileHash"):
        assert command in text
    assert "no-store" in page["Cache-Control"]


def test_the_picture_cannot_be_sent(proof, client):
    text = posted(client, receipt=proof.receipt.read_text()).content.decode()
    compare = text[text.index("data-compare=") : text.index("data-compare-commands")]
    assert '<input type="file" id="picture"' in compare
    assert "name=" not in compare.replace("{name}", "")
    assert "<form" not in compare


@pytest.mark.parametrize("harm", ["changed", "words", "nothing like it"])
def test_a_forged_receipt_is_refused_in_words(proof, client, harm):
    text = proof.receipt.read_text()
    forged = {
        "changed": text[:-20] + ("A" if text[-20] != "A" else "B") + text[-19:],
        "words": "I was there, believe me.",
        "nothing like it": "\N{GREEK SMALL LETTER ALPHA}" * 40,
    }[harm]
    page = posted(client, receipt=forged).content.decode()
    assert "This receipt is not valid." in page
    assert "This receipt is valid." not in page


def test_a_picture_in_the_wrong_place_is_told_its_size(client):
    file = SimpleUploadedFile("a.jpg", b"x" * (MAX_BYTES + 1))
    page = posted(client, receipt_file=file)
    assert page.status_code == 422
    assert f"this file has {MAX_BYTES + 1}" in page.content.decode()


def test_a_small_picture_in_the_wrong_place_is_no_receipt(client):
    page = posted(client, receipt_file=SimpleUploadedFile("a.jpg", PICTURE))
    assert "This is not a signed receipt." in page.content.decode()


def test_nothing_sent_is_said(client):
    page = posted(client)
    assert page.status_code == 422
    assert "paste its text" in page.content.decode()


def test_markup_in_a_title_stays_text(client):
    entry = entered(open_competition(title="<script>x</script>"), UserFactory())
    text = sign(entry, signing.signing_key())
    page = posted(client, receipt=text).content.decode()
    assert "&lt;script&gt;x" in page


def test_the_form_is_guarded_against_other_sites():
    strict = Client(enforce_csrf_checks=True)
    assert posted(strict, receipt="x").status_code == 403


def test_the_command_speaks_in_sentences(proof):
    code, said = run(proof.receipt, "--file", proof.picture)
    assert code == 0
    assert "The receipt is valid" in said
    assert f"SHA-256 {proof.entry.sha256}" in said
    assert "is the file that was entered" in said
    assert proof.entry.token not in said


def test_the_command_takes_keys_from_a_file(proof):
    assert run(proof.receipt, "--jwks", proof.jwks)[0] == 0
    published = json.loads(proof.jwks.read_text())
    published["keys"][0] |= {"x": "A" * 43}
    proof.jwks.write_text(json.dumps(published))
    code, said = run(proof.receipt, "--jwks", proof.jwks)
    assert code == 1
    assert "never published" in said


def test_the_command_takes_keys_from_an_address(proof, live_server):
    address = f"{live_server.url}{reverse('submissions:jwks')}"
    assert run(proof.receipt, "--jwks", address)[0] == 0


def test_another_picture_is_exit_code_one(proof):
    proof.picture.write_bytes(PICTURE + b"!")
    code, said = run(proof.receipt, "--file", proof.picture)
    assert code == 1
    assert "is another file" in said


def test_a_changed_receipt_is_exit_code_one(proof):
    text = proof.receipt.read_text()
    proof.receipt.write_text(text[:-9] + ("A" if text[-9] != "A" else "B") + text[-8:])
    assert run(proof.receipt)[0] == 1
    proof.receipt.write_bytes(b"x" * (MAX_BYTES + 1))
    assert run(proof.receipt)[0] == 1
    proof.receipt.write_bytes(PICTURE)
    assert run(proof.receipt)[0] == 1


@pytest.mark.parametrize("content", [None, "", "{}", "[]", '{"keys": [1]}', "{"])
def test_what_cannot_be_read_is_exit_code_two(proof, content, free_port):
    assert run(proof.receipt.with_name("gone.jws"))[0] == 2
    assert run(proof.receipt, "--file", proof.picture.with_name("gone.jpg"))[0] == 2
    assert run(proof.receipt, "--jwks", f"http://127.0.0.1:{free_port}/")[0] == 2
    if content is not None:
        proof.jwks.write_text(content)
        assert run(proof.receipt, "--jwks", proof.jwks)[0] == 2
