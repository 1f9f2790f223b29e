"""The files of covers stay as long as a competition names them, and no longer."""

from __future__ import annotations

import io
from functools import partial

import pytest

from competitions import workflow as competing
from competitions.covers.workflow import discard, set_cover
from competitions.models import Competition
from mycenas.accounts.models import User
from mycenas.staff.pictures import rendered
from mycenas.storage import store
from submissions.models import Submission
from submissions.processing import workflow as processing
from submissions.states import SubmissionState as S
from tests.camera import photograph
from tests.competitions.covers.tools import (
    ALT,
    SIZE,
    all_of,
    files_of,
    give,
    page,
)
from tests.factories import (
    CompetitionFactory,
    SubmissionFactory,
    organizer_of,
)
from tests.races.tools import crowd, holding, outcome, wait_for_waiting

pytestmark = pytest.mark.django_db(transaction=True)


def copied(competition: Competition, by: User) -> Competition:
    return competing.copy(
        competition, title="Again", slug="again", opens_at=None, closes_at=None, by=by
    )


def test_a_copy_shares_the_files_and_the_last_one_removes_them(signed_in):
    old = give(CompetitionFactory(state="open"))
    made = copied(old, organizer_of(old))
    assert (made.cover, made.cover_alt) == (old.cover, ALT)
    shared = old.cover
    give(old, seed=2)
    assert files_of(shared) == all_of(shared)
    client = signed_in(organizer_of(old))
    answer = client.get(made.cover_url(960))
    assert answer.status_code == 200
    answer.close()
    client.post(page("delete", made), {"post": "yes"})
    assert not Competition.objects.filter(pk=made.pk).exists()
    assert files_of(shared) == set()
    assert files_of(old.cover) == all_of(old.cover)


def test_a_copy_that_is_made_meanwhile_keeps_its_files():
    """The one who replaces the cover waits for the row, and sees the copy then."""
    old = give(CompetitionFactory())
    organizer, shared = organizer_of(old), old.cover
    with (
        rendered(io.BytesIO(photograph(2, size=SIZE))) as picture,
        crowd() as people,
    ):
        with holding(old):
            other = Competition.objects.get(pk=old.pk)
            copying = people.start(partial(copied, old, organizer))
            wait_for_waiting(1)
            setting = people.start(partial(set_cover, other, picture, by=organizer))
            wait_for_waiting(2)
        outcome(copying)
        outcome(setting)
    made = Competition.objects.get(slug="again")
    assert files_of(made.cover) == all_of(made.cover)
    old.refresh_from_db()
    assert files_of(shared) == (all_of(shared) if made.cover == shared else set())
    assert files_of(old.cover) == all_of(old.cover)


def test_files_of_entries_stay():
    """Also when a cover and an entry were made of the same file."""
    competition = give(CompetitionFactory(state="open"))
    entry = SubmissionFactory(
        state=S.RECEIVED, competition=competition, data=photograph(1, size=SIZE)
    )
    assert processing.process(entry.pk)
    entry = Submission.objects.get(pk=entry.pk)
    give(competition, seed=2)
    discard(competition.cover)
    assert store().facts_of(str(entry.original)) is not None
    for rendition in entry.renditions.all():
        assert store().facts_of_rendition(rendition.name) is not None
