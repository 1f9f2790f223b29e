"""A changed version comes by form, PUT or tus, after the deadline, with a permit."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import Cursor

from submissions.models import Submission
from submissions.review.permits.models import Permit
from submissions.review.permits.workflow import withdraw_request
from submissions.states import SubmissionState as S
from tests.factories import SubmissionFactory, moderator_of, walk_competition
from tests.protocol.raw.sending import ask_ticket, enter_by_form, put, take_ticket
from tests.protocol.raw.test_path_length import noted
from tests.protocol.raw.test_refused import TEXT, WAYS, Way, page
from tests.protocol.tus.serving import Sender
from tests.protocol.tus.world import contest, person
from tests.submissions.review.test_permits import WISH, requested

OTHER: Any = {"idempotency_key": "another-key-1"}


@pytest.fixture
def place():
    return contest(max_entries=1)


@pytest.fixture
def entry(ada, place):
    """An entry of Ada's in review after the deadline, with changes requested."""
    entry = SubmissionFactory(competition=place, participant=ada.user, state=S.PENDING)
    walk_competition(place, "moderation")
    entry = Submission.objects.get(pk=entry.pk)
    requested(entry)
    return entry


def states() -> list[str]:
    return [*Submission.objects.order_by("pk").values_list("state", flat=True)]


@WAYS
def test_it_is_received_and_takes_the_place(send: Way, ada, place, entry, picture):
    for refused in (enter_by_form(ada, place, picture), ask_ticket(ada, place)):
        assert refused.code == "submission_competition_takes_entries"
    said: Any = {"replaces": entry.token, "idempotency_key": "the-key-1"}
    assert send(ada, place, picture, **said).status in (202, 204)
    assert states() == [S.WITHDRAWN, S.RECEIVED]
    assert Permit.objects.get().state == "used"
    # The same form again is the same entry; another one is refused.
    again = enter_by_form(ada, place, picture, **said)
    assert again.json["token"] == Submission.objects.latest("pk").token
    said = {"replaces": entry.token, **OTHER}
    for refused in (
        enter_by_form(ada, place, picture + b"2", **said),
        ask_ticket(ada, place, **said),
    ):
        assert (refused.status, refused.code) == (409, "submission_replaces_by_permit")
    assert states() == [S.WITHDRAWN, S.RECEIVED]


def test_entries_of_others_and_elsewhere_are_404(served, ada, place, entry, picture):
    stranger = Sender(served.url, person())
    elsewhere = contest()
    for sender, where, token in (
        (stranger, place, entry.token),
        (ada, elsewhere, entry.token),
        (ada, place, "x" * 32),
        (ada, place, "\N{SNOWMAN}"),
    ):
        reply = enter_by_form(sender, where, picture, replaces=token)
        assert reply.status == 404
        assert ask_ticket(sender, where, replaces=token).status == 404
    assert states() == [S.PENDING]


def test_a_refused_file_leads_back_to_the_form_of_the_version(ada, place, entry):
    reply = enter_by_form(ada, place, TEXT, accept="text/html", replaces=entry.token)
    text = page(ada, reply.headers["Location"])
    assert WISH in text
    assert f'name="replaces" value="{entry.token}"' in text
    assert "Your words are kept" in text
    # Another tab, which was opened from the receipt, continues that reservation.
    again = page(ada, f"/competitions/{place.slug}/enter/?replaces={entry.token}")
    assert Submission.objects.latest("pk").idempotency_key in again


def test_a_key_is_not_taken_over_by_another_kind_of_entry(ada, entry, picture):
    place = contest()
    put(ada, take_ticket(ada, place), picture)
    mine = Submission.objects.get(competition=place)
    reply = enter_by_form(ada, place, picture, replaces=mine.token, **OTHER)
    assert reply.code == "submission_replaces_by_permit"
    reply = enter_by_form(
        ada, place, picture, replaces=mine.token, idempotency_key="raw-key-1"
    )
    assert (reply.status, reply.code) == (422, "idempotency_key_reused")


def test_one_statement_acknowledges(
    ada, place, entry, picture, monkeypatch: pytest.MonkeyPatch
):
    path = take_ticket(ada, place, replaces=entry.token)
    made = noted(Cursor, "execute", monkeypatch)
    assert put(ada, path, picture).status == 202
    assert len(made) == 2, made


def test_words_stay_when_the_request_was_withdrawn_meanwhile(
    ada, place, entry, picture
):
    withdraw_request(entry, by=moderator_of(entry))
    said: Any = {"title": "Dusk, again", "description": "The light is warmer."}
    reply = enter_by_form(
        ada, place, picture, accept="text/html", replaces=entry.token, **said
    )
    text = reply.body.decode()
    assert reply.status == 409
    assert "submission_replaces_by_permit" in text
    assert "No changed version of this entry can be sent now." in text
    assert all(words in text for words in said.values())
    assert states() == [S.PENDING]


def test_words_stay_when_the_competition_closed_meanwhile(ada, place, entry, picture):
    said: Any = {"title": "Dawn", "description": "Sent a second late."}
    reply = enter_by_form(ada, place, picture, accept="text/html", **said)
    text = reply.body.decode()
    assert reply.status == 409
    assert "submission_competition_takes_entries" in text
    assert all(words in text for words in said.values())
