"""Reasons stay: everybody reads who did what, when and why, from the journal."""

from __future__ import annotations

import pytest
from django.urls import reverse

from competitions import workflow
from competitions.models import Competition
from competitions.timeline import timeline_of
from mycenas.core.audit.actor import acting, because
from submissions.review import workflow as review
from tests.factories import (
    DAY,
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    moderator_of,
    organizer_of,
    timezone,
)

pytestmark = pytest.mark.django_db


def pages(client, competition):
    for address in (
        competition.get_absolute_url(),
        reverse("submissions:books", args=[competition.slug]),
    ):
        yield client.get(address).content.decode()


def done(competition, act, reason, **values):
    """The act, done through a page by an organizer."""
    by = organizer_of(competition)
    with acting(lambda: (by.pk, "admin:do")):
        act(competition, reason=reason, by=by, **values)
    return by


@pytest.mark.parametrize(
    ("act", "values", "what"),
    [
        (workflow.close_entries_early, {}, "Entries were stopped early."),
        (workflow.cancel, {}, "The competition was cancelled."),
        (
            workflow.extend_deadline,
            {"closes_at": timezone.now() + 3 * DAY},
            "The deadline was moved.",
        ),
    ],
    ids=["early", "cancel", "later"],
)
def test_an_act_with_a_reason_is_shown_with_it(client, act, values, what):
    competition = CompetitionFactory(state="open")
    by = done(competition, act, "The <hall> burned.", **values)
    for page in pages(client, competition):
        assert what in page
        assert "by an organizer" in page
        assert "The &lt;hall&gt; burned." in page
        assert by.email not in page
        assert by.name not in page


def test_a_reason_outlives_the_next_one_and_the_deadline(client):
    competition = CompetitionFactory(state="open")
    closes_at = timezone.now() + 3 * DAY
    done(competition, workflow.extend_deadline, "First reason.", closes_at=closes_at)
    done(competition, workflow.close_entries_early, "Second reason.")
    assert [event.reason for event in timeline_of(competition)][-2:] == [
        "First reason.",
        "Second reason.",
    ]
    for page in pages(client, competition):
        assert "First reason." in page
        assert "Second reason." in page


def test_drafts_have_no_public_past_and_roles_are_told_apart():
    competition = CompetitionFactory()
    Competition.objects.filter(pk=competition.pk).update(
        closes_at=timezone.now() + 2 * DAY
    )
    assert timeline_of(competition) == []
    competition.refresh_from_db()
    root = UserFactory(is_superuser=True)
    with acting(lambda: (root.pk, "admin:do")):
        workflow.open_entries(competition, by=root)
    with acting(lambda: (None, "competitions.keep_deadlines")), because("Storm."):
        Competition.objects.filter(pk=competition.pk).update(
            closes_at=timezone.now() + 3 * DAY, deadline_reason="Storm."
        )
    published, moved = timeline_of(competition)
    assert str(published.by) == "an administrator of the site"
    assert published.what == "The competition was published."
    assert (str(moved.by), moved.reason) == ("the site, by itself", "Storm.")
    assert moved.before
    assert moved.after
    assert moved.before < moved.after


def test_an_artist_reads_why_an_entry_is_in_review_again(signed_in):
    entry = SubmissionFactory(state="approved")
    review.reopen(entry, reason="Wrong section.", by=moderator_of(entry))
    page = signed_in(entry.participant).get(entry.receipt_url).content.decode()
    assert "Wrong section." in page


def test_an_artist_reads_why_the_competition_is_cancelled(signed_in):
    entry = SubmissionFactory(state="pending")
    workflow.cancel(entry.competition, reason="A storm.", by=organizer_of(entry))
    page = signed_in(entry.participant).get(entry.receipt_url).content.decode()
    assert "A storm." in page
