"""Likes and views: rows, one each."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils import timezone

from interactions import workflow
from interactions.models import Like, View
from mycenas.core.http.visits import visitor_of
from submissions.states import SubmissionState as S
from tests.factories import DAY, SubmissionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry():
    return SubmissionFactory(state=S.APPROVED)


def like(entry):
    return reverse("interactions:like", args=[entry.public_id])


def unlike(entry):
    return reverse("interactions:unlike", args=[entry.public_id])


def view(entry):
    return reverse("interactions:view", args=[entry.public_id])


def test_a_like_is_given_and_taken_back_once(signed_in, entry):
    client = signed_in(UserFactory())
    for address, likes in ((like, 1), (like, 1), (unlike, 0), (unlike, 0)):
        answer = client.post(address(entry))
        assert answer["Location"] == f"{entry.get_absolute_url()}#like"
        assert Like.objects.count() == likes


def test_htmx_gets_the_button_with_its_count(signed_in, entry):
    workflow.like(entry, by=UserFactory())
    answer = signed_in(UserFactory()).post(like(entry), headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert 'aria-pressed="true"' in text
    assert "2 likes" in text
    assert "<html" not in text


def test_a_like_without_a_session_is_offered_after_the_sign_in(
    client, signed_in, entry
):
    page = f"{entry.get_absolute_url()}#like"
    for address in (like(entry), unlike(entry)):
        answer = client.post(address)
        assert answer["Location"] == f"{reverse('account_login')}?next={quote(page)}"
        assert signed_in(UserFactory()).get(address)["Location"] == page
    assert not Like.objects.exists()


def test_the_button_says_which_act_it_is(signed_in, entry):
    client = signed_in(UserFactory())
    assert f'action="{like(entry)}"' in client.get(entry.get_absolute_url()).text
    button = client.post(like(entry), headers={"HX-Request": "true"}).text
    assert f'hx-post="{unlike(entry)}"' in button


@pytest.mark.parametrize("state", [S.PENDING, S.REJECTED, S.DISQUALIFIED])
def test_what_does_not_hang_is_not_liked_and_not_viewed(signed_in, state):
    entry = SubmissionFactory(state=state)
    client = signed_in(UserFactory())
    assert client.post(like(entry)).status_code == 404
    assert client.get(view(entry)).status_code == 404


def test_the_page_shows_the_count_and_the_way_to_like(client, signed_in, entry):
    workflow.like(entry, by=UserFactory())
    page = client.get(entry.get_absolute_url()).content.decode()
    assert "1 like" in page
    assert "Sign in to like" in page
    page = signed_in(UserFactory()).get(entry.get_absolute_url()).content.decode()
    assert 'aria-pressed="false"' in page


PHONE = "Mozilla/5.0 (Android 15; Mobile) Firefox/{}.0"


def test_a_visitor_counts_once_a_day(client, entry, monkeypatch):
    def look(agent=PHONE, address="198.51.100.7"):
        headers = {"user-agent": agent}
        answer = client.get(view(entry), headers=headers, REMOTE_ADDR=address)
        assert answer["Content-Type"] == "image/gif"
        assert "no-store" in answer["Cache-Control"]

    for number in range(50):
        look(PHONE.format(number), f"198.51.100.{number}")
    assert View.objects.get().repeats == 49
    look("Mozilla/5.0 (X11; Linux) Firefox/130.0")
    look(address="203.0.113.5")
    for address in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"):
        look(address=address)
    assert View.objects.count() == 5
    tomorrow = timezone.now() + DAY
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    look()
    assert View.objects.count() == 6


def test_nobody_can_be_followed_from_day_to_day(rf):
    request, now = rf.get("/"), timezone.now()
    today, tomorrow = (visitor_of(request, day.date()) for day in (now, now + DAY))
    assert today != tomorrow
    assert "127.0.0.1" not in today


def test_the_page_says_how_often_it_was_seen(client, entry):
    client.get(view(entry), headers={"user-agent": "Mozilla/5.0 Firefox/130.0"})
    assert str(View.objects.get()).startswith(str(entry.pk))
    assert view(entry) in client.get(entry.get_absolute_url()).content.decode()


def test_rows_name_themselves(entry):
    person = UserFactory(name="Ada")
    workflow.like(entry, by=person)
    assert str(Like.objects.get()) == f"Ada: {entry.title}"


@pytest.mark.parametrize("likes", [1, 3])
def test_an_entry_costs_the_same_with_any_number_of_likes(
    client, entry, django_assert_num_queries, likes
):
    for _ in range(likes):
        workflow.like(entry, by=UserFactory())
    with django_assert_num_queries(2):
        client.get(entry.get_absolute_url())


def test_a_like_costs_three_statements_and_those_of_the_session(
    signed_in, entry, django_assert_num_queries
):
    client = signed_in(UserFactory())
    for address in (like(entry), unlike(entry)):
        with django_assert_num_queries(5):
            client.post(address, headers={"HX-Request": "true"})
