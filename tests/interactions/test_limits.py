"""Likes are limited by requests a minute, with Redis and without."""

from __future__ import annotations

import pytest
from django.core.cache import caches
from django.urls import reverse

from submissions.states import SubmissionState as S
from tests.factories import SubmissionFactory, UserFactory

pytestmark = pytest.mark.django_db
LIMIT = 3


@pytest.fixture
def like(settings):
    settings.LIKES_RATE = f"{LIMIT}/m"
    entry = SubmissionFactory(state=S.APPROVED)
    return reverse("interactions:like", args=[entry.public_id])


def first_refusal(client, address):
    """After how many likes it came, and what it said.

    A window may end meanwhile, but not two of them.
    """
    for taken in range(2 * LIMIT + 1):
        answer = client.post(address)
        if answer.status_code != 302:
            return taken, answer
    raise AssertionError("no like was refused")


def test_more_likes_than_the_rate_are_refused(signed_in, like):
    taken, refused = first_refusal(signed_in(UserFactory()), like)
    assert taken >= LIMIT
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert "Wait a minute" in refused.content.decode()
    assert signed_in(UserFactory()).post(like).status_code == 302


def test_without_redis_each_process_counts(signed_in, like, settings, free_port):
    place = f"redis://127.0.0.1:{free_port}/0"
    default = {**settings.CACHES["default"], "LOCATION": place}
    settings.CACHES = {**settings.CACHES, "default": default}
    taken, refused = first_refusal(signed_in(UserFactory()), like)
    assert (taken >= LIMIT, refused.status_code) == (True, 429)
    caches["default"].close()
