"""Jurors' feedback reaches the artist after publication, and has no name."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from submissions.judging.models import Conflict
from submissions.judging.publishing.feedback import feedback_on
from submissions.judging.publishing.workflow import seal
from tests.database.tools import raw
from tests.factories import UserFactory, moderator_of, organizer_of
from tests.submissions.judging.publishing.rounds import close, publish, scored
from tests.submissions.judging.world import acted_by

pytestmark = pytest.mark.django_db

WRITE = (
    "INSERT INTO judging_remark (assignment_id, version, kind, text)"
    " SELECT id, last_remark + 1, %s, %s FROM judging_assignment WHERE id = %s"
)


def write(jury: Any, juror: int, kind: str, text: str) -> None:
    with acted_by(jury.jurors[juror].user):
        raw(WRITE, [kind, text, jury.pair(juror, 0).pk])


@pytest.fixture
def jury() -> Any:
    """A sealed round: both jurors wrote to the artist of the first entry."""
    made = scored((("4", "6"), ("6", "8")))
    write(made, 0, "feedback", "A first thought.")
    write(made, 0, "feedback", "Your light carries it.")
    write(made, 0, "note", "Weaker than last year.")
    write(made, 1, "feedback", "Crop it closer.")
    seal(close(made).round)
    return made


def test_the_artist_reads_the_last_words_of_each_juror(jury, signed_in):
    publish(jury)
    entry = jury.entries[0]
    client = signed_in(entry.participant)
    status = reverse("submissions:receipt_status", args=[entry.token])
    for page in (entry.receipt_url, status):
        text = client.get(page).text
        assert text.index("Crop it closer.") < text.index("Your light carries it.")
        assert "A first thought." not in text
        assert "Weaker than last year." not in text
        assert not any(str(juror.user) in text for juror in jury.jurors)
    other = jury.entries[1]
    assert (
        "What jurors wrote"
        not in signed_in(other.participant).get(other.receipt_url).text
    )


def test_it_is_for_the_artist_alone(jury, signed_in, client):
    publish(jury)
    entry = jury.entries[0]
    people = (
        organizer_of(jury.competition), moderator_of(entry), jury.jurors[0].user,
        UserFactory(),
    )  # fmt: skip
    for one in (client, *map(signed_in, people)):
        assert "Crop it closer." not in one.get(entry.receipt_url).text


def test_nothing_is_shown_before_the_publication(jury, signed_in):
    entry = jury.entries[0]
    client = signed_in(entry.participant)
    assert "Crop it closer." not in client.get(entry.receipt_url).text


@pytest.mark.parametrize("is_late", [False, True])
def test_words_of_a_juror_with_a_conflict_are_not_shown(is_late):
    made = scored((("4", "6"), ("6", "8")))
    write(made, 0, "feedback", "Your light carries it.")
    write(made, 1, "feedback", "My own pupil.")
    entry, juror = made.entries[0], made.jurors[1].user
    if is_late:
        close(made)
    with acted_by(juror):
        Conflict.objects.create(
            user=juror, submission=entry, kind="team", reason="My pupil.",
            declared_by=juror,
        )  # fmt: skip
    seal(made.round if is_late else close(made).round)
    publish(made)
    assert [one.text for one in feedback_on(entry)] == ["Your light carries it."]
