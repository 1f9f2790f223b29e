"""The page before each step of a competition says what the step does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from competitions import workflow
from competitions.models import Competition
from competitions.states import CompetitionState as C
from mycenas.core.db import database
from mycenas.core.models import AuditEntry, Mail
from mycenas.staff import effects
from mycenas.staff.effects import Effect, Part, add_effects
from submissions.review.workflow import reject, take_award_back
from tests.database.tools import drop_guard
from tests.factories import (
    AwardFactory,
    CompetitionFactory,
    PrizeFactory,
    SubmissionFactory,
    contest,
    organizer_of,
    walk_competition,
)

pytestmark = pytest.mark.django_db


def step(competition, verb):
    return reverse("admin:competitions_competition_do", args=[competition.pk, verb])


@pytest.fixture
def asked(signed_in):
    def answer(competition, verb):
        client = signed_in(organizer_of(competition))
        found = client.get(step(competition, verb))
        assert found.status_code == 200
        return found

    return answer


def ready_for(verb, state):
    """A competition in ``state`` that can make the step."""
    if verb == "announce":
        return winners(1)
    if verb == "begin-moderation":
        over = timezone.now() - timedelta(hours=1)
        return CompetitionFactory(
            state=state, opens_at=over - timedelta(days=2), closes_at=over
        )
    return CompetitionFactory(state=state)


@pytest.mark.parametrize(
    ("state", "verb", "happens", "final"),
    [
        (C.DRAFT, "open", "Entries are taken from", "does not become a draft"),
        (C.OPEN, "extend-deadline", "Everybody reads", "does not move back"),
        (C.OPEN, "close-entries-early", "The deadline is now", "does not open for"),
        (C.OPEN, "begin-moderation", "New entries are not taken", "does not open for"),
        (C.MODERATION, "close", "Prizes can be given", "The decisions stay"),
        (C.CLOSED, "announce", "The prizes stand on", "Nothing in the competition"),
        (C.OPEN, "cancel", "neither taken nor decided", "does not go on"),
    ],
)
def test_each_step_shows_its_effects(asked, state, verb, happens, final):
    answer = asked(ready_for(verb, state), verb)
    found = answer.context["effects"]
    assert any(happens in str(sentence) for sentence in found.happens)
    assert any(final in str(sentence) for sentence in found.final)
    assert "What cannot be undone" in answer.text


def entered(state):
    """A competition with entries in several states, and a prize if it is closed."""
    competition = CompetitionFactory(state=C.OPEN)
    for decided in ("approved", "rejected"):
        SubmissionFactory(competition=competition, state=decided)
    if state == C.OPEN:
        for waiting in ("reserved", "received", "pending", "quarantined"):
            SubmissionFactory(competition=competition, state=waiting)
    if state == C.MODERATION:
        by = organizer_of(competition)
        workflow.close_entries_early(competition, reason="Full.", by=by)
    if state == C.CLOSED:
        walk_competition(competition, state)
        AwardFactory(submission=competition.submissions.get(state="approved"))
    return competition


@pytest.mark.parametrize(
    ("state", "verb"),
    [
        (C.DRAFT, "open"),
        (C.OPEN, "extend-deadline"),
        (C.OPEN, "close-entries-early"),
        (C.OPEN, "begin-moderation"),
        (C.MODERATION, "close"),
        (C.CLOSED, "announce"),
        (C.OPEN, "cancel"),
        (C.MODERATION, "cancel"),
        (C.CLOSED, "cancel"),
    ],
)
def test_a_step_writes_the_mails_that_its_page_announces(signed_in, state, verb):
    competition = CompetitionFactory() if state == C.DRAFT else entered(state)
    if verb == "begin-moderation":
        drop_guard("competition_guard")
        Competition.objects.filter(pk=competition.pk).update(
            closes_at=database.now(), deadline_reason="Full."
        )
    client = signed_in(organizer_of(competition))
    page = step(competition, verb)
    asked = client.get(page)
    said = [*map(str, asked.context["effects"].mail)]
    assert bool(said) != ("No mail is sent." in asked.text)
    before, changes = Mail.objects.count(), AuditEntry.objects.count()
    typed = {"reason": "A storm.", "closes_at_0": "2100-01-01", "closes_at_1": "12:00"}
    answer = client.post(page, typed)
    assert answer.status_code == 302
    assert AuditEntry.objects.count() == changes + 1
    written = Mail.objects.count() - before
    assert (written > 0) == (verb in {"announce", "cancel"})
    assert not written or f"{written} people who entered get a mail" in " ".join(said)


def test_every_step_with_effects_is_tried():
    steps = {verb for model, verb in effects._functions if model is Competition}
    (marks,) = test_a_step_writes_the_mails_that_its_page_announces.pytestmark
    assert {verb for _state, verb in marks.args[1]} == steps


def test_an_app_adds_the_mail_that_it_sends(asked, monkeypatch):
    monkeypatch.setattr(
        effects, "_functions", {k: [*v] for k, v in effects._functions.items()}
    )
    mail = Effect(Part.MAIL, "12 artists get mail: “It opens”.")
    add_effects(Competition, {"open": lambda request, obj: [mail]})
    text = asked(CompetitionFactory(), "open").text
    assert "12 artists get mail" in text
    assert "No mail is sent." not in text


def test_the_next_step_says_what_is_missing(asked):
    competition = CompetitionFactory(rules="")
    competition.prizes.all().delete()
    text = asked(competition, "open").text
    assert "It needs rules." in text
    assert "It needs at least one prize." in text
    # A step that is not the next one has nothing to do with it.
    assert "It needs rules." not in asked(competition, "cancel").text


def test_a_step_that_is_impossible_shows_only_what_is_missing(asked):
    entry = SubmissionFactory(competition=contest(C.OPEN), state="pending")
    competition = entry.competition
    workflow.close_entries_early(competition, reason="Full.", by=organizer_of(entry))
    refused = [
        ("close", "1 entry waits for a decision."),
        ("open", "This is not possible now; the state is “moderation”."),
        ("announce", "This is not possible now; the state is “moderation”."),
    ]
    for verb, missing in refused:
        answer = asked(competition, verb)
        assert missing in answer.text
        assert "effects" not in answer.context
        for words in (
            "What happens",
            "cannot be undone",
            "mail",
            'type="submit" class',
        ):
            assert words not in answer.text, (verb, words)


def test_closing_counts_the_decided_and_names_the_undecided(asked):
    competition = contest(C.OPEN, entries=2)
    SubmissionFactory(competition=competition, state="rejected")
    SubmissionFactory(competition=competition, state="pending")
    sentences = list(map(str, asked(competition, "cancel").context["effects"].happens))
    assert "2 accepted entries leave the gallery." in sentences
    assert "1 entry stays undecided." in sentences
    by = organizer_of(competition)
    workflow.close_entries_early(competition, reason="Full.", by=by)
    answer = asked(competition, "close")
    assert "1 entry waits for a decision." in answer.text
    reject(competition.submissions.get(state="pending"), reason="Blurred.", by=by)
    answer = asked(competition, "close")
    sentences = list(map(str, answer.context["effects"].happens))
    assert "2 entries stay accepted." in sentences
    assert "2 entries stay not accepted." in sentences


def winners(count):
    competition = contest(C.CLOSED, entries=count)
    for _ in range(1, count):
        PrizeFactory(competition=competition)
    prizes = competition.prizes.order_by("pk")
    for entry, prize in zip(competition.submissions.all(), prizes, strict=True):
        AwardFactory(submission=entry, prize=prize)
    return competition


def test_the_announcement_previews_the_winners_with_their_pictures(asked):
    competition = winners(1)
    PrizeFactory(competition=competition, name="The Lantern")
    award = competition.awards.get()
    answer = asked(competition, "announce")
    assert "What becomes public" in answer.text
    assert str(award.prize) in answer.text
    assert f"“Dusk” by {award.submission.participant}" in answer.text
    assert award.submission.rendition(320).url in answer.text
    assert "1 prize is not given." in answer.text
    organizer = organizer_of(competition)
    take_award_back(award, reason="Given twice.", by=organizer)
    answer = asked(competition, "announce")
    assert "What becomes public" not in answer.text
    assert "No prize is given yet." in answer.text


@pytest.mark.parametrize("count", [1, 3])
def test_the_preview_costs_the_same_for_more_winners(
    signed_in, count, django_assert_max_num_queries
):
    competition = winners(count)
    client = signed_in(organizer_of(competition))
    client.get(reverse("admin:index"))
    with django_assert_max_num_queries(23):
        answer = client.get(step(competition, "announce"))
    assert len(answer.context["effects"].published) == count


def test_what_was_typed_stays_when_the_step_is_refused(signed_in):
    competition = CompetitionFactory(state=C.OPEN)
    client = signed_in(organizer_of(competition))
    page = step(competition, "close-entries-early")
    client.post(page, {"reason": "The hall is full."})
    answer = client.post(page, {"reason": "The hall is full again."})
    assert answer.status_code == 200
    assert "The hall is full again." in answer.text
    assert "errorlist" in answer.text
