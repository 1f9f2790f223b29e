"""The queue: a grid of entries in review, and the page that decides on one."""

from __future__ import annotations

import re
from functools import partial
from html import unescape
from urllib.parse import urlencode

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.urls import reverse

from mycenas.core.models import Mail
from submissions.review import workflow as review
from submissions.review.claims import workflow as claims
from submissions.review.claims.models import Claim
from submissions.review.queue import queries, queue
from submissions.review.reasons.forms import OTHER
from submissions.review.reasons.queries import reasons_for
from submissions.states import SubmissionState as S
from tests.database.tools import drop_guard, raw
from tests.factories import (
    CategoryFactory,
    CompetitionFactory,
    SubmissionFactory,
    moderator_of,
    organizer_of,
)
from tests.form_data import filled

pytestmark = pytest.mark.django_db

QUEUE = reverse("admin:submissions_submission_queue")
LIST = reverse("admin:submissions_submission_changelist")


def page_of(entry, **query):
    address = reverse("admin:submissions_submission_review", args=[entry.pk])
    return f"{address}?{urlencode(query)}" if query else address


def pending(count=1, **facts):
    return [
        SubmissionFactory(state=S.PENDING, title=f"Dusk {number}", **facts)
        for number in range(count)
    ]


@pytest.fixture
def desk(signed_in):
    """Two competitions of one organization with entries, and their moderator."""
    first = CompetitionFactory(state="open", max_entries=9)
    second = CompetitionFactory(state="open", organization=first.organization)
    entries = pending(3, competition=first) + pending(competition=second)
    moderator = moderator_of(first)
    return entries, moderator, signed_in(moderator)


def titles(answer):
    return re.findall(r"<strong>\s*<bdi>([^<]+)", answer.text)


def shown_at(answer):
    """The key of the entry whose page the answer leads to."""
    found = re.search(r"/(\d+)/review/", answer["Location"])
    return found and int(found[1])


def test_the_grid_shows_what_waits_where_the_person_moderates(desk, signed_in):
    entries, _moderator, client = desk
    pending(competition=CompetitionFactory(state="open"))
    SubmissionFactory(competition=entries[0].competition, state=S.APPROVED)
    assert titles(client.get(QUEUE)) == ["Dusk 0", "Dusk 1", "Dusk 2", "Dusk 0"]
    key = entries[3].competition_id
    assert titles(client.get(QUEUE, {"competition": key})) == ["Dusk 0"]
    assert titles(client.get(QUEUE, {"competition": "999999"})) == []
    SubmissionFactory(competition=entries[0].competition, state=S.PENDING, title="Ebb")
    assert titles(client.get(QUEUE, {"q": "Ebb"})) == ["Ebb"]
    # Nobody is offered an own entry.
    own = pending(participant=_moderator, competition=entries[0].competition)[0]
    assert page_of(own) not in client.get(QUEUE).text


def test_the_grid_filters_by_category(desk):
    entries, _moderator, client = desk
    competition = entries[0].competition
    category = CategoryFactory(competition=competition)
    pending(competition=competition, category=category)
    query = {"competition": competition.pk, "category": category.pk}
    assert titles(client.get(QUEUE, query)) == ["Dusk 0"]
    # What is not offered finds nothing, instead of everything.
    for unknown in ({"category": category.pk}, {**query, "category": "x"}):
        answer = client.get(QUEUE, unknown)
        assert titles(answer) == []
        assert "No entry in review matches this." in answer.text


def test_pages_follow_each_other_by_key(desk, monkeypatch):
    _entries, _moderator, client = desk
    monkeypatch.setattr(queries, "PAGE_SIZE", 3)
    first = client.get(QUEUE)
    assert titles(first) == ["Dusk 0", "Dusk 1", "Dusk 2"]
    (more,) = re.findall(r'href="(\?[^"]*after=\d+)"', first.text)
    assert titles(client.get(QUEUE + unescape(more))) == ["Dusk 0"]


@pytest.mark.parametrize("count", [1, 4])
def test_a_page_of_the_grid_costs_the_same_for_more_entries(
    desk, count, django_assert_max_num_queries
):
    entries, _moderator, client = desk
    pending(count, competition=entries[0].competition)
    # One of them ends the person's act, within the test's transaction.
    with django_assert_max_num_queries(24):
        client.get(QUEUE)


def test_opening_an_entry_claims_it_and_deciding_leads_to_the_next(desk):
    entries, moderator, client = desk
    assert shown_at(client.get(QUEUE, {"go": "first"})) == entries[0].pk
    answer = client.get(page_of(entries[0]))
    assert Claim.objects.get().moderator == moderator
    assert 'value="approve"' in answer.text
    answer = client.post(page_of(entries[0]), {"act": "approve"})
    assert shown_at(answer) == entries[1].pk
    entries[0].refresh_from_db()
    assert (entries[0].state, entries[0].decided_by) == (S.APPROVED, moderator)
    undo = client.get(answer["Location"])
    assert 'value="undo"' in undo.text
    assert Claim.objects.get().submission_id == entries[1].pk
    client.get(QUEUE)
    assert not Claim.objects.exists()


def test_the_last_decision_leads_through_the_other_competitions_to_the_grid(desk):
    entries, _moderator, client = desk
    *_others, answer = [
        client.post(page_of(entry), {"act": "approve"}) for entry in entries
    ]
    assert answer["Location"] == f"{QUEUE}?decided={entries[-1].pk}"
    assert "Nothing waits for a decision." in client.get(answer["Location"]).text


def test_a_filter_stays_while_one_decides(desk):
    entries, _moderator, client = desk
    key = entries[3].competition_id
    answer = client.post(page_of(entries[3], competition=key), {"act": "approve"})
    assert answer["Location"] == f"{QUEUE}?competition={key}&decided={entries[3].pk}"


def test_a_search_leads_from_entry_to_entry_and_counts_what_it_finds(desk):
    entries, moderator, client = desk
    here = entries[0].competition
    first, second = [
        SubmissionFactory(competition=here, state=S.PENDING, title=f"Ebb {number}")
        for number in range(2)
    ]
    pending(participant=moderator, competition=here)
    assert client.get(QUEUE).context["waiting"] == 6
    found = {"q": "Ebb"}
    assert client.get(QUEUE, found).context["waiting"] == 2
    assert shown_at(client.get(QUEUE, {**found, "go": "first"})) == first.pk
    page = client.get(page_of(first, **found))
    assert "2 entries wait" in page.text
    assert shown_at(client.get(QUEUE, {**found, "go": second.pk})) == first.pk
    assert shown_at(client.get(QUEUE, {**found, "go": f"-{first.pk}"})) == first.pk
    answer = client.post(page_of(first, **found), {"act": "approve"})
    assert shown_at(answer) == second.pk
    answer = client.post(page_of(second, **found), {"act": "approve"})
    assert answer["Location"] == f"{QUEUE}?q=Ebb&decided={second.pk}"


def test_a_rejection_sends_the_reason_and_the_note(desk):
    entries, _moderator, client = desk
    reason = reasons_for(entries[1].competition)[2]
    sent = {"act": "reject", "code": reason.code, "note": "Scan it larger."}
    answer = client.post(page_of(entries[1]), sent)
    # After the one that was decided, not from the beginning.
    assert shown_at(answer) == entries[2].pk
    entries[1].refresh_from_db()
    assert entries[1].state == S.REJECTED
    assert entries[1].decision_reason == f"{reason.text}\n\nScan it larger."
    assert entries[1].decision_code == reason.code
    (mail,) = Mail.objects.recallable(entries[1].pk)
    assert "Scan it larger." in mail.body


WITHOUT_NOTE = {"code": OTHER, "note": " "}


@pytest.mark.parametrize("sent", [{}, {"code": OTHER}, WITHOUT_NOTE])
def test_a_rejection_without_a_reason_is_asked_for_one(desk, sent):
    entries, _moderator, client = desk
    answer = client.post(page_of(entries[0]), {"act": "reject", **sent})
    assert answer.status_code == 200
    assert "errorlist" in answer.text
    entries[0].refresh_from_db()
    assert entries[0].state == S.PENDING


def test_a_decision_is_undone_from_the_next_page(desk):
    entries, moderator, client = desk
    client.post(page_of(entries[0]), {"act": "approve"})
    answer = client.post(page_of(entries[0]), {"act": "undo"})
    assert shown_at(answer) == entries[0].pk
    entries[0].refresh_from_db()
    assert entries[0].state == S.PENDING
    assert not Mail.objects.recallable(entries[0].pk).exists()
    assert claims.held_by_others([entries[0].pk], by=organizer_of(entries[0])) == {
        entries[0].pk: moderator
    }


def test_a_form_that_comes_twice_is_done_once_and_can_be_undone(desk):
    entries, _moderator, client = desk
    rejected = {"act": "reject", "code": OTHER, "note": "Blurred."}
    for entry, sent in ((entries[0], {"act": "approve"}), (entries[1], rejected)):
        first, second = (client.post(page_of(entry), sent) for _time in range(2))
        assert first["Location"] == second["Location"]
        shown = client.get(second["Location"]).text
        assert 'class="undo"' in shown
        assert 'class="error"' not in shown
    assert Mail.objects.recallable(entries[0].pk).count() == 1
    undone = [client.post(page_of(entries[1]), {"act": "undo"}) for _time in range(2)]
    assert [shown_at(answer) for answer in undone] == [entries[1].pk] * 2
    assert 'class="error"' not in client.get(undone[1]["Location"]).text


@pytest.mark.parametrize(
    "sent",
    [
        {"act": "reject", "code": OTHER, "note": "Blurred."},
        {"act": "reject", "code": OTHER, "note": "Too dark."},
        {"act": "approve"},
    ],
)
def test_another_decision_than_the_one_before_is_refused(desk, sent):
    entries, moderator, client = desk
    is_same = sent.get("note") == "Blurred."
    decider = moderator_of(entries[0]) if is_same else moderator
    review.reject(entries[0], reason="Blurred.", by=decider)
    answer = client.post(page_of(entries[0]), sent, follow=True)
    assert 'class="error"' in answer.text
    entries[0].refresh_from_db()
    assert entries[0].decision_reason == "Blurred."


def test_the_page_says_how_many_seconds_are_left_to_undo(desk):
    entries, _moderator, client = desk
    answer = client.post(page_of(entries[0]), {"act": "approve"})
    entries[0].refresh_from_db()
    found = {}
    drop_guard("submission_decision_stays")
    for age, left in ((1.5, 9), (9.5, 1), (10, None)):
        raw(
            "UPDATE submissions_submission SET undo_until = clock_timestamp()"
            f" + interval '{10 - age} seconds' WHERE id = {entries[0].pk}"
        )
        page = client.get(answer["Location"]).text
        found[left] = re.findall(r'data-seconds="(\d+)"', page)
    # A slow test may read it a second later; never ten again.
    assert found[9] in (["9"], ["8"])
    assert found[None] == []


def test_what_another_moderator_works_on_is_shown_and_skipped(desk, signed_in):
    entries, _moderator, client = desk
    other = moderator_of(entries[0])
    assert claims.claim(entries[0], by=other)
    assert shown_at(client.get(QUEUE, {"go": "first"})) == entries[1].pk
    assert f"{other} is deciding on it" in client.get(QUEUE).text
    page = client.get(page_of(entries[0]))
    assert f"{other} is deciding on this entry" in page.text
    assert 'value="approve"' not in page.text
    answer = client.post(page_of(entries[0]), {"act": "approve"}, follow=True)
    assert "Another moderator is deciding on this entry." in answer.text
    entries[0].refresh_from_db()
    assert entries[0].state == S.PENDING


def test_one_goes_on_and_back_without_deciding(desk):
    entries, _moderator, client = desk
    client.get(page_of(entries[1]))
    assert shown_at(client.get(QUEUE, {"go": entries[1].pk})) == entries[2].pk
    assert shown_at(client.get(QUEUE, {"go": f"-{entries[1].pk}"})) == entries[0].pk
    assert shown_at(client.get(QUEUE, {"go": f"-{entries[0].pk}"})) == entries[0].pk


def test_the_picture_of_the_next_entry_is_loaded_early(desk):
    entries, _moderator, client = desk
    for now, after in ((0, 1), (1, 2)):
        text = client.get(page_of(entries[now])).text
        early = re.findall(r'<img src="([^"]+)"\s+alt=""\s+hidden>', text)
        assert early == [entries[after].rendition(1920).url]


@pytest.mark.parametrize("purpose", [{}, {"HTTP_SEC_PURPOSE": "prefetch;prerender"}])
def test_only_an_opened_page_claims_and_ends_claims(desk, purpose):
    entries, moderator, client = desk
    ask = partial(client.get, **purpose) if purpose else client.head
    pages = (page_of(entries[0]), QUEUE, f"{QUEUE}?go=first")
    for page in pages:
        ask(page)
        assert not Claim.objects.exists(), page
    claims.claim(entries[1], by=moderator)
    for page in pages:
        answer = ask(page)
        assert answer.status_code == (503 if purpose else 200)
        assert Claim.objects.get().submission_id == entries[1].pk, page
    # The control.
    client.get(pages[0])
    assert Claim.objects.get().submission_id == entries[0].pk


def test_a_page_whose_claim_is_lost_says_so(desk):
    entries, _moderator, client = desk
    text = client.get(page_of(entries[0])).text
    assert re.search("<p [^>]*data-lost[^>]* hidden", text)
    raw("SELECT set_config('mycenas.actor', '', true)")
    Claim.objects.all().delete()
    claims.claim(entries[0], by=organizer_of(entries[0]))
    # Each request has a transaction of its own, and so its own actor.
    connection.run_on_commit.clear()
    assert client.post(page_of(entries[0]), {"act": "renew"}).status_code == 409


def test_a_claim_is_renewed_and_released_from_the_page(desk):
    entries, _moderator, client = desk
    client.get(page_of(entries[0]))
    assert client.post(page_of(entries[0]), {"act": "renew"}).status_code == 204
    assert client.post(page_of(entries[0]), {"act": "leave"}).status_code == 302
    assert not Claim.objects.exists()
    assert client.post(page_of(entries[0]), {"act": "eat"}).status_code == 404


def test_an_own_entry_and_a_cancelled_competition_are_not_decided(desk, signed_in):
    entries, moderator, client = desk
    own = pending(participant=moderator, competition=entries[0].competition)[0]
    page = client.get(page_of(own)).text
    assert "This is your own entry." in page
    assert 'value="approve"' not in page
    assert not Claim.objects.filter(submission=own).exists()
    competition = entries[3].competition
    cancel = reverse(
        "admin:competitions_competition_do", args=[competition.pk, "cancel"]
    )
    signed_in(organizer_of(competition)).post(cancel, {"reason": "No money."})
    assert 'value="approve"' not in client.get(page_of(entries[3])).text


def test_the_page_shows_the_artists_other_entries_and_the_same_file(desk):
    entries, _moderator, client = desk
    competition, data = entries[0].competition, b"\xff\xd8\xff\xe0same"
    one = SubmissionFactory(state=S.PENDING, competition=competition, data=data)
    again = SubmissionFactory(
        state=S.PENDING, competition=entries[3].competition, data=data, title="Copy"
    )
    mate = SubmissionFactory(
        state=S.PENDING,
        competition=competition,
        participant=one.participant,
        title="Mate",
    )
    page = client.get(page_of(one)).text
    assert "The same file was entered" in page
    assert page_of(again) in page
    assert "by another artist" in page
    assert page_of(mate) in page
    assert page_of(entries[0]) not in page


def more_of(page):
    """The numbers and addresses of the links to further entries beside one."""
    found = re.findall(r'<a href="([^"]+)"[^>]*>\s*(\d+) more: see all', page.text)
    return [(int(number), unescape(address)) for address, number in found]


def listed(client, address):
    return {entry.pk for entry in client.get(address).context["cl"].queryset}


def test_entries_beside_one_are_counted_and_all_are_in_the_list(desk, monkeypatch):
    entries, _moderator, client = desk
    competition, data = entries[0].competition, b"\xff\xd8\xff\xe0same"
    one = SubmissionFactory(state=S.PENDING, competition=competition, data=data)
    artist = {"competition": competition, "participant": one.participant}
    mates = {SubmissionFactory(state=S.APPROVED, **artist).pk for _each in range(4)}
    copies = {
        SubmissionFactory(state=S.PENDING, competition=competition, data=data).pk
        for _each in range(3)
    }
    assert more_of(client.get(page_of(one))) == []
    monkeypatch.setattr(queue, "MOST_SHOWN", 2)
    page = client.get(page_of(one))
    same_file, others = more_of(page)
    assert (same_file[0], others[0]) == (1, 2)
    assert listed(client, same_file[1]) == copies
    assert listed(client, others[1]) == mates
    # The list's rows cannot be exported by what the form of exports asks.
    assert "Export entries" not in client.get(others[1]).text
    assert "Export entries" in client.get(LIST).text


def test_the_list_shows_nothing_beside_an_unknown_or_hidden_entry(desk, signed_in):
    entries, _moderator, client = desk
    other = SubmissionFactory(state=S.PENDING)
    for value in ("artist", f"x-{entries[0].pk}", f"file-{other.pk}", "file-x", "x"):
        assert client.get(LIST, {"beside": value}).status_code == 400, value
    blind = CompetitionFactory(state="open", blind=True, max_entries=9)
    one = SubmissionFactory(state=S.PENDING, competition=blind)
    SubmissionFactory(
        state=S.PENDING, competition=blind, participant=one.participant, title="Mate"
    )
    answer = signed_in(moderator_of(blind)).get(
        LIST, {"beside": f"artist-{one.pk}", "queue": "all"}
    )
    assert not answer.context["cl"].queryset.exists()


def test_the_chosen_are_decided_after_a_confirmation_and_one_returns_to_the_grid(desk):
    entries, _moderator, client = desk
    keys = {ACTION_CHECKBOX_NAME: [entry.pk for entry in entries[:2]]}
    asked = client.post(QUEUE, {"action": "approve_selected", **keys})
    assert "2 mails are sent." in asked.text
    confirmed = {**filled(asked), **keys}
    answer = client.post(QUEUE, confirmed, follow=True)
    assert answer.redirect_chain == [(QUEUE, 302)]
    assert "Done: Approve, 2 of 2." in answer.text
    assert titles(answer) == ["Dusk 2", "Dusk 0"]
    nothing = client.post(QUEUE, {"action": "approve_selected"}, follow=True)
    assert "Choose at least one entry." in nothing.text
    assert client.post(QUEUE, {"action": "delete_selected"}).status_code == 404
