"""My entries: what was entered, and what a person without entries finds there."""

from __future__ import annotations

import hashlib

import pytest
from django.urls import reverse

from mycenas.accounts.models import Role
from mycenas.storage import store
from submissions.intake import workflow as intake
from submissions.intake.refusals import EnteredBefore, record_refusal
from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.factories import (
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    moderator_of,
    staff,
    staged,
    words,
)

pytestmark = pytest.mark.django_db

MINE = reverse("submissions:mine")


@pytest.fixture
def competition():
    return CompetitionFactory(state="open", max_entries=9)


@pytest.fixture
def artist():
    return UserFactory()


def reserve(competition, artist, **said):
    return intake.reserve(competition, words(**said), by=artist)


def refused(competition, artist, **said):
    """An attempt whose file, which it declared, was no picture."""
    file = staged()
    declared = {"sha256": file.sha256, "size": file.size}
    attempt = reserve(competition, artist, **declared, **said)
    record_refusal(attempt, "This is no picture.", file)
    return Submission.objects.get(pk=attempt.pk, state=S.EXPIRED)


def listed(client):
    return client.get(MINE).context["submissions"]


def test_a_file_that_was_entered_already_has_one_row(competition, artist, signed_in):
    data = b"\xff\xd8\xff the same file"
    first = SubmissionFactory(
        competition=competition, participant=artist, state=S.PENDING, data=data
    )
    again = reserve(competition, artist, title="Dusk once more")
    with pytest.raises(EnteredBefore):
        intake.receive(again, staged(data), name="dusk.jpg", files=store())
    again.refresh_from_db()
    assert again.state == S.EXPIRED
    client = signed_in(artist)
    assert listed(client) == [first]
    assert client.get(again.receipt_url).status_code == 200


def test_an_interrupted_attempt_at_the_same_file_has_no_row(
    competition, artist, signed_in
):
    data = b"\xff\xd8\xff a file on a slow line"
    sha256 = hashlib.sha256(data).hexdigest()
    given = {"competition": competition, "participant": artist}
    SubmissionFactory(**given, state=S.EXPIRED, sha256=sha256, size=len(data))
    lost = SubmissionFactory(**given, state=S.EXPIRED, title="Dawn")
    entry = SubmissionFactory(**given, state=S.PENDING, data=data)
    assert listed(signed_in(artist)) == [entry, lost]


def test_a_refused_file_is_explained_once(competition, artist, signed_in):
    client = signed_in(artist)
    refused(competition, artist)
    second = refused(competition, artist)
    assert listed(client) == [second]
    page = client.get(MINE).text
    assert "This is no picture." in page
    assert "file refused, not entered" in page
    entry = SubmissionFactory(
        competition=competition, participant=artist, state=S.PENDING
    )
    other = refused(competition, artist, title="Dawn")
    assert listed(client) == [other, entry]


def test_attempts_elsewhere_explain_nothing(competition, artist, signed_in):
    attempt = refused(competition, artist)
    elsewhere = CompetitionFactory(state="open")
    entry = SubmissionFactory(
        competition=elsewhere, participant=artist, state=S.PENDING
    )
    SubmissionFactory(competition=competition, state=S.PENDING)
    assert set(listed(signed_in(artist))) == {attempt, entry}


def test_people_without_entries_find_their_own_work(competition, signed_in):
    desk, campaigns = reverse("admin:index"), reverse("campaigns:mine")
    organization = competition.organization
    link = f'href="{competition.get_absolute_url()}"'

    def text(person):
        page = signed_in(person).get(MINE).text
        main = page[page.index("<main") : page.index("</main>")]
        return main[: main.find("open-now") if "open-now" in main else None]

    assert desk in text(moderator_of(competition))
    assert campaigns in text(staff(Role.SPONSOR, organization))
    assert link in text(staff(Role.JUROR, organization))
    plain = text(UserFactory())
    assert not any(one in plain for one in (desk, campaigns, link))
