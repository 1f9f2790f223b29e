"""The same file entered again leads to the receipt that exists, unless it is meant."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mycenas.core.templatetags.ui import exact_moment
from mycenas.storage import store
from submissions.models import Submission
from submissions.receipts.workflow import withdraw
from submissions.states import SubmissionState as S
from tests.protocol.raw.sending import enter_by_form, put, take_ticket
from tests.protocol.raw.test_arrivals import by_json
from tests.protocol.raw.test_refused import WAYS, Way, page
from tests.protocol.tus.serving import Reply, Sender
from tests.protocol.tus.world import contest, person

OTHER: Any = {"idempotency_key": "another-key-1"}
THIRD = {"idempotency_key": "another-key-2"}


def states() -> list[str]:
    return [*Submission.objects.order_by("pk").values_list("state", flat=True)]


@WAYS
def test_the_same_bytes_are_entered_once_unless_it_is_meant(
    send: Way, ada, competition, picture
):
    assert send(ada, competition, picture).status in (202, 204)
    first = Submission.objects.get()
    reply = send(ada, competition, picture, **OTHER)
    assert (reply.status, reply.code) == (409, "entered_before")
    assert reply.json["receipt_url"].endswith(first.receipt_url)
    at = exact_moment(first.arrived_at, competition.zone)
    assert f"{at}, entry {first.public_id}" in reply.json["detail"]
    assert states() == [S.RECEIVED, S.EXPIRED]
    assert originals(picture) == 1
    assert send(ada, competition, picture, again="on", **THIRD).status in (202, 204)
    assert states() == [S.RECEIVED, S.EXPIRED, S.RECEIVED]


@WAYS
def test_what_was_withdrawn_does_not_count(send: Way, ada, competition, picture):
    send(ada, competition, picture)
    withdraw(Submission.objects.get(), by=ada.user)
    assert send(ada, competition, picture, **OTHER).status in (202, 204)
    assert states() == [S.WITHDRAWN, S.RECEIVED]


def test_a_form_sent_again_leads_to_the_receipt_and_a_question(
    ada, competition, picture
):
    def send(**said: Any) -> Reply:
        return enter_by_form(ada, competition, picture, accept="text/html", **said)

    receipt = send().headers["Location"]
    again = send(**OTHER)
    assert (again.status, again.headers["Location"]) == (303, f"{receipt}?repeat=1")
    said = page(ada, again.headers["Location"])
    assert "You have entered this file already" in said
    assert f"/competitions/{competition.slug}/enter/?again=1" in said
    form = page(ada, f"/competitions/{competition.slug}/enter/?again=1")
    assert 'name="again" value="True"' in form
    assert send(again="True", **THIRD).headers["Location"] != receipt


def test_a_declared_file_is_known_before_its_bytes(ada, competition, picture):
    put(ada, take_ticket(ada, competition), picture)
    declared = {**OTHER, "sha256": hashlib.sha256(picture).hexdigest()}
    reply = by_json(ada, competition, **declared)
    assert (reply.status, reply.code) == (409, "entered_before")
    assert Submission.objects.count() == 1
    assert by_json(ada, competition, again="on", **declared).status == 201


def originals(data: bytes) -> int:
    """How often these bytes are kept."""
    sha256 = hashlib.sha256(data).hexdigest()
    return sum(sha256 in one.key for one in store().originals())


def at_once(ada: Sender, paths: list[str], picture: bytes) -> list[int]:
    with ThreadPoolExecutor(len(paths)) as hands:
        replies = hands.map(lambda path: put(ada, path, picture), paths)
        return sorted(reply.status for reply in replies)


@pytest.mark.parametrize(("again", "entries"), [("", 1), ("on", 4)])
def test_of_many_at_once_one_is_entered(again, entries, ada, competition, picture):
    """With ``again`` the protection is off: the control."""
    paths = [
        take_ticket(ada, competition, idempotency_key=f"at-once-{number}", again=again)
        for number in range(4)
    ]
    assert at_once(ada, paths, picture) == [202] * entries + [409] * (4 - entries)
    assert states().count(S.RECEIVED) == entries
    assert originals(picture) == entries


def test_a_form_of_an_entry_that_ended_enters_anew(ada, competition, picture):
    """Browsers give the form back with its key."""
    enter_by_form(ada, competition, picture)
    withdraw(Submission.objects.get(), by=ada.user)
    assert enter_by_form(ada, competition, picture).status == 202
    assert states() == [S.WITHDRAWN, S.RECEIVED]


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ({"size": 100}, {"size": 200}),
        ({"sha256": "0" * 64}, {"sha256": "1" * 64}),
        ({"size": 100, "sha256": "0" * 64}, {"size": 100, "sha256": "1" * 64}),
    ],
)
def test_a_key_is_for_one_file_also_before_it_has_come(first, other, ada, competition):
    assert by_json(ada, competition, **first).status == 201
    reply = by_json(ada, competition, **other)
    assert (reply.status, reply.code) == (422, "idempotency_key_reused")
    assert "another file" in reply.json["detail"]


def test_a_key_is_for_one_competition(ada, competition, picture):
    assert by_json(ada, contest(), **OTHER).status == 201
    for reply in (
        by_json(ada, competition, **OTHER),
        enter_by_form(ada, competition, picture, **OTHER),
    ):
        assert (reply.status, reply.code) == (422, "idempotency_key_reused")
        assert "another competition" in reply.json["detail"]
    said = enter_by_form(ada, competition, picture, accept="text/html", **OTHER)
    assert said.status == 422
    assert "another competition" in said.body.decode()
    assert enter_by_form(ada, competition, picture).status == 202
    assert states() == [S.RESERVED, S.RECEIVED]


def test_each_person_has_a_key_for_one_entry(served, ada, competition):
    bob = Sender(served.url, person())
    tokens = [by_json(one, competition).json["token"] for one in (ada, bob, ada, bob)]
    assert tokens[:2] == tokens[2:]
    assert tokens[0] != tokens[1]


def test_a_size_that_was_told_later_is_kept_too(ada, competition):
    assert by_json(ada, competition).status == 201
    assert by_json(ada, competition, size=100).status == 201
    assert by_json(ada, competition, size=200).code == "idempotency_key_reused"
